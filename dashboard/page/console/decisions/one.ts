/** `/decisions/:id`: one decision with its whole why. It never changes, so it is read once. */
import type { Why } from '../../../wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { failure, loading } from '../parts/failure.js';
import { bindKeys } from '../parts/keys.js';
import { linkTo } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { whyParts, whyTitle } from '../parts/why.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

const hrefOf = (id: string) => `/decisions/${encodeURIComponent(id)}`;

export function open(place: Place, given: Given): View {
  const content = make('div', 'content', loading());
  const element = make('section', 'page', make('p', 'trail', linkTo('/decisions', words.back)), content);
  const refresher = new Refresher<Why>({
    read: (signal) => read<Why>(`/v1/why/${encodeURIComponent(place.names['id']!)}`, signal),
    show: (why) => {
      const body = make('div', 'why-page', linksOf(why), ...whyParts(why, hrefOf));
      content.replaceChildren(make('article', 'panel', make('h2', '', whyTitle(why)), body));
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 0,
  });
  element.insertBefore(refresher.notice, content);
  const unbind = bindKeys([{ keys: ['u', 'Escape'], words: words.keyBack, run: () => given.go('/decisions') }]);
  return {
    element,
    title: words.one,
    close: () => {
      unbind();
      refresher.close();
    },
  };
}

/** Where one goes on from here. */
function linksOf({ row, decision }: Why): HTMLElement {
  const { subject, clause } = row;
  const { incident, outageId, noticeId } = decision.data;
  const of = (name: string, value: string) => `/decisions?${new URLSearchParams({ [name]: value })}`;
  const about =
    typeof incident === 'string'
      ? incident
      : typeof outageId === 'string'
        ? outageId.slice(subject.length + 1).replace(/:\d+$/, '')
        : undefined;
  const links = [
    ...(subject ? [linkTo(of('subject', subject), words.aboutSubject)] : []),
    ...(clause ? [linkTo(of('clause', clause), words.sameClause)] : []),
    ...(about ? [linkTo(`/outages/${encodeURIComponent(about)}`, words.ofIncident)] : []),
    ...(typeof noticeId === 'string'
      ? [linkTo(`/notices?${new URLSearchParams({ id: noticeId })}`, words.notice)]
      : []),
  ];
  for (const link of links) link.className = 'button';
  return make('nav', 'buttons', ...links);
}
