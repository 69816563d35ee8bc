/** `/texts`: every template with its values and an example in four languages, found by its name. */
import type { TextEntry, TextOfLanguage } from '../../../../pipelines/domain/subject/shown.js';
import { read } from '../../shared/api.js';
import { make, say } from '../../shared/dom.js';
import { failure, loading } from '../parts/failure.js';
import { Refresher } from '../parts/refresh.js';
import { plainTable } from '../parts/table.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

export function open(place: Place, given: Given): View {
  const content = make('div', 'texts', loading());
  const count = make('p', 'quiet');
  count.setAttribute('role', 'status');
  const search = make('input');
  search.type = 'search';
  search.value = place.query.get('template') ?? '';
  let all: readonly TextEntry[] = [];
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    const found = all.filter(({ template }) => template.includes(wanted));
    say(count, words.found(found.length));
    content.replaceChildren(...found.map((entry) => entryOf(entry, found.length === 1)));
  };
  search.addEventListener('input', () => {
    const query = search.value ? `?${new URLSearchParams({ template: search.value })}` : '';
    given.go(`/texts${query}`, 'replace');
  });
  const refresher = new Refresher<{ readonly texts: readonly TextEntry[] }>({
    read: (signal) => read('/v1/texts', signal),
    show: ({ texts }) => {
      all = texts;
      show();
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 0,
  });
  const element = make(
    'section',
    'page',
    make('h2', 'page-title', words.texts),
    make('p', 'about', words.textsAbout),
    make('label', 'filter', words.search, search),
    count,
    refresher.notice,
    content,
  );
  return {
    element,
    title: words.texts,
    moved: ({ query }) => {
      const wanted = query.get('template') ?? '';
      if (search.value !== wanted) search.value = wanted;
      show();
    },
    close: () => refresher.close(),
  };
}

function entryOf(entry: TextEntry, isOpen: boolean): HTMLElement {
  const { template, clause, values, texts } = entry;
  const rows = values.map(({ name, kind, optional, example }) => [
    make('code', '', name),
    kind,
    optional ? words.optional : words.needed,
    example === undefined ? '' : make('code', '', typeof example === 'string' ? example : JSON.stringify(example)),
  ]);
  const details = make(
    'details',
    'panel text-entry',
    make('summary', '', template),
    make(
      'div',
      'panel-body',
      make('p', 'about', words.example(clause, entry.class)),
      plainTable(template, [words.value, words.kind, words.needed, words.exampleValue], rows),
      ...texts.map(textOf),
    ),
  );
  details.open = isOpen;
  return details;
}

function textOf({ language, sms, email }: TextOfLanguage): HTMLElement {
  const short = make('blockquote', 'sent-text', make('p', '', sms.text));
  const long = make('blockquote', 'sent-text', make('strong', '', email.subject), make('p', '', email.text));
  short.lang = long.lang = language;
  const cost = words.cost(sms.alphabet === 'gsm' ? 'GSM' : 'UCS-2', sms.units, sms.parts);
  return make(
    'section',
    'delivery',
    make('h3', '', language),
    make('p', 'quiet', `${words.sms} (${cost})`),
    short,
    make('p', 'quiet', words.email),
    long,
  );
}
