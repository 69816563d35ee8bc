// Runs in the browser: everything that is wrong with how the page lies on the screen, in words.
(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide`);

  const isSeen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1;
  for (const one of document.querySelectorAll('.bar *, .tile *, li.outage *, .decision *')) {
    if (!isSeen(one)) continue;
    const box = one.getBoundingClientRect();
    const around = one.closest('.bar, .tile, li.outage, .decision').getBoundingClientRect();
    const isOut = box.left < around.left - 1 || box.right > around.right + 1 || box.bottom > around.bottom + 1;
    if (isOut) found.push(`${one.className} leaves its row: ${one.textContent}`);
  }

  // Texts that stand beside each other must not run into each other.
  for (const row of document.querySelectorAll('li.outage, .decision, .tile')) {
    const texts = [...row.querySelectorAll('span')].filter(
      (one) => one.children.length === 0 && one.textContent && isSeen(one),
    );
    const boxes = texts.flatMap((one) => [...one.getClientRects()].map((box) => ({ one, box })));
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) {
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (a.one !== b.one && across > 2 && down > 6)
          found.push(`${a.one.textContent} and ${b.one.textContent} overlap`);
      }
    });
  }

  // On a wall a list ends with a whole row.
  for (const rows of document.querySelectorAll('.rows')) {
    const end = rows.getBoundingClientRect().bottom;
    for (const row of rows.children) {
      const { top, bottom } = row.getBoundingClientRect();
      if (top < end - 2 && bottom > end + 2) found.push(`a row of ${rows.parentElement.id} is cut`);
    }
  }

  // What is in one column stands in one line: the right edge of figures, to half a pixel.
  for (const column of ['li.outage .services', '.decision .amount .value']) {
    const edges = new Set(
      [...document.querySelectorAll(column)].map((one) => Math.round(one.getBoundingClientRect().right)),
    );
    if (innerWidth >= 700 && edges.size > 1) found.push(`${column} end at ${[...edges].join(', ')}`);
  }
  return found;
})();
