/** `/notices/:id`: one notice with its text, its parts, the technical and the legal state, and its journal; the recipient is masked. */
import type { NoticeDelivery, NoticeView } from '../../../../pipelines/domain/subject/shown.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { shownIn, when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { bindKeys } from '../parts/keys.js';
import { facts, linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { standingOf, stateOf } from './standing.js';
import { wordOf, words } from './words.js';

export function open(place: Place, given: Given): View {
  const id = place.names['id']!;
  const content = make('div', 'columns', loading());
  let print = '';
  const refresher = new Refresher<NoticeView>({
    read: (signal) => read<NoticeView>(`/v1/notices/${encodeURIComponent(id)}`, signal),
    show: (notice) => {
      const next = JSON.stringify(notice);
      if (next === print) return;
      print = next;
      content.replaceChildren(
        make(
          'div',
          'column',
          ...(notice.ledger ? [] : [make('p', 'note', words.noLedger)]),
          factsOf(notice),
          valuesOf(notice),
        ),
        make('div', 'column', textsOf(notice), journalOf(notice)),
      );
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
  });
  const unbind = bindKeys([{ keys: ['u', 'Escape'], words: words.back, run: () => given.go('/notices') }]);
  return {
    element: make(
      'section',
      'page notice',
      make('p', 'trail', linkTo('/notices', words.back)),
      make('h2', 'page-title', `${words.one} ${id}`),
      refresher.notice,
      content,
    ),
    title: words.one,
    close: () => {
      unbind();
      refresher.close();
    },
  };
}

function factsOf(notice: NoticeView): HTMLElement {
  const { template, audience, subject, operator, clause, language, channels, decision, signed } = notice;
  const isService = audience === 'subscriber';
  return panel(
    words.facts,
    facts([
      [words.what, linkTo(`/texts?${new URLSearchParams({ template })}`, template)],
      [words.state, standingOf(notice, notice.ledger)],
      [words.audience, wordOf(words.audiences, audience)],
      [words.recipient, words.masked],
      [words.subject, isService ? linkTo(`/services/${encodeURIComponent(subject)}`, subject) : subject],
      [words.operator, linkTo(`/packs/${encodeURIComponent(operator)}`, operator)],
      [words.clause, clause],
      [words.class, wordOf(words.classes, notice.class)],
      [words.language, language],
      [words.channels, channels.join(', ')],
      [words.requested, when(notice.requestedAt)],
      [words.dueBy, notice.dueBy ? when(notice.dueBy) : undefined],
      [words.expires, notice.expiresAt ? when(notice.expiresAt) : undefined],
      [words.technical, notice.told.join(', ')],
      [words.legal, notice.deemedAt ? when(notice.deemedAt) : words.legalNot],
      [
        words.incident,
        notice.incident ? linkTo(`/outages/${encodeURIComponent(notice.incident)}`, notice.incident) : undefined,
      ],
      [words.decision, linkTo(`/decisions/${encodeURIComponent(decision)}`, decision)],
      ['', signed ? words.signed(signed.by, when(signed.at)) : undefined],
    ]),
  );
}

function textsOf({ deliveries, previews, passedOver, language }: NoticeView): HTMLElement {
  const passed = Object.entries(passedOver).map(([channel, why]) => make('li', '', `${channel}: ${why}`));
  const shown = [
    ...deliveries.map((one) => deliveryOf(one, language)),
    ...previews.map(({ channel, subject, text }) =>
      make('article', 'delivery', make('h4', '', words.preview(channel)), quoted(subject, text, language)),
    ),
  ];
  return panel(
    words.deliveries,
    ...(shown.length > 0 ? shown : [empty(words.noText)]),
    ...(passed.length > 0 ? [make('h4', '', words.passedOver), make('ul', 'plain', ...passed)] : []),
  );
}

function deliveryOf({ channel, subject, text, parts }: NoticeDelivery, language: string): HTMLElement {
  const items = parts.map(({ place, tries, via, state }) =>
    make(
      'li',
      'marked',
      ...(place ? [words.part(place.part, place.total)] : []),
      stateOf(state),
      make('span', 'quiet', [words.tries(tries), ...(via ? [words.via(via)] : [])].join(', ')),
    ),
  );
  return make(
    'article',
    'delivery',
    make('h4', '', words.sentOn(channel)),
    quoted(subject, text, language),
    make('ul', 'plain', ...items),
  );
}

/** The text as it is sent, in its own language. */
function quoted(subject: string | null, text: string, language: string): HTMLElement {
  const quote = make('blockquote', 'sent-text', ...(subject ? [make('strong', '', subject)] : []), make('p', '', text));
  quote.lang = language;
  return quote;
}

function valuesOf({ parameters }: NoticeView): HTMLElement {
  const rows = Object.entries(parameters).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return panel(words.parameters, facts(rows));
}

function journalOf({ journal }: NoticeView): HTMLElement {
  const items = journal
    .toReversed()
    .map(({ at, what, detail }) =>
      make(
        'li',
        '',
        make('span', 'when', when(at)),
        ' ',
        wordOf(words.events, what),
        ...(detail ? [make('span', 'quiet', ` ${wordOf(words.states, detail)}`)] : []),
      ),
    );
  return panel(`${words.journal}, ${shownIn()}`, make('ol', 'plain', ...items));
}
