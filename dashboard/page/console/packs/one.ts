/** `/packs/:operator`: one operator's rules as readable text, by version; and the clauses of its text, one by one. */
import type { PackRule, PackVersion, PackView } from '../../../../pipelines/domain/subject/shown.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { empty, failure, loading } from '../parts/failure.js';
import { facts, linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { plainTable } from '../parts/table.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

const STANDINGS = ['decided', 'tracked', 'out-of-scope'] as const;

export function open(place: Place, given: Given): View {
  const operator = place.names['operator']!;
  const content = make('div', 'page', loading());
  let query = place.query;
  let shown: PackView | undefined;
  const show = () => shown && content.replaceChildren(...partsOf(shown, query, given));
  const refresher = new Refresher<PackView>({
    read: (signal) => read<PackView>(`/v1/packs/${encodeURIComponent(operator)}`, signal),
    show: (view) => {
      shown = view;
      show();
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 0,
  });
  return {
    element: make('section', 'page pack', make('p', 'trail', linkTo('/packs', words.back)), refresher.notice, content),
    title: `${words.title}: ${operator}`,
    holds: ({ names }) => names['operator'] === operator,
    moved: (next) => {
      query = next.query;
      show();
    },
    close: () => refresher.close(),
  };
}

function partsOf(view: PackView, query: URLSearchParams, given: Given): readonly HTMLElement[] {
  const { operator, name, versions } = view;
  const version =
    versions.find(({ inForceFrom }) => inForceFrom === query.get('version')) ??
    versions.find(({ inForce }) => inForce) ??
    versions[0]!;
  return [
    make('h2', 'page-title', `${name} (${operator})`),
    versionsOf(operator, versions, version),
    headOf(version),
    ...(version.rules.length > 0 ? version.rules.map(ruleOf) : [panel(words.title, empty(words.noRules))]),
    clausesOf(view, query, given),
  ];
}

function versionsOf(operator: string, versions: readonly PackVersion[], shown: PackVersion): HTMLElement {
  const links = versions.map((version) => {
    const { inForceFrom, inForce } = version;
    const address = `/packs/${encodeURIComponent(operator)}?${new URLSearchParams({ version: inForceFrom })}`;
    const link = linkTo(address, `${words.inForce} ${inForceFrom}${inForce ? ` (${words.now})` : ''}`);
    link.className = 'button';
    if (version === shown) link.setAttribute('aria-current', 'true');
    return link;
  });
  const nav = make('nav', 'buttons versions', ...links);
  nav.setAttribute('aria-label', words.versions);
  return nav;
}

function headOf({ source, zone, currency, vatPercent, language, homeNetworks, hash }: PackVersion): HTMLElement {
  return make(
    'div',
    'panel',
    make(
      'div',
      'panel-body',
      facts([
        [words.source, source],
        [words.zone, zone],
        [words.currency, `${currency}, ${words.vat} ${vatPercent} %`],
        [words.language, language],
        [words.networks, homeNetworks.join(', ')],
        [words.hash, make('code', '', hash)],
      ]),
    ),
  );
}

function ruleOf({ name, clause, about, terms }: PackRule): HTMLElement {
  const rows = terms.map((term) => [
    term.words,
    term.value,
    term.clause,
    make(
      'span',
      'lines',
      ...(term.reading ? [make('span', '', term.reading)] : []),
      ...(term.unverified ? [make('strong', 'marked', mark('warning'), words.unverified)] : []),
    ),
  ]);
  const section = panel(
    `${name} (${clause})`,
    make('p', 'rule-about', about),
    plainTable(name, [words.term, words.value, words.clause, words.reading], rows),
  );
  section.id = `rule-${name}`;
  return section;
}

function clausesOf({ operator, clauses }: PackView, query: URLSearchParams, given: Given): HTMLElement {
  if (!clauses) return panel(words.clauses, empty(words.noClauses));
  const standing = query.get('standing') ?? 'decided';
  const choice = make('select');
  for (const name of [...STANDINGS, 'all'] as const) {
    const option = make('option', '', name === 'all' ? words.all : words.standings[name]);
    option.value = name;
    option.selected = name === standing;
    choice.append(option);
  }
  choice.addEventListener('change', () => {
    const next = new URLSearchParams(query);
    next.set('standing', choice.value);
    given.go(`/packs/${encodeURIComponent(operator)}?${next}`, 'replace');
  });
  const entries = clauses.entries.filter((entry) => standing === 'all' || entry.standing === standing);
  const rows = entries.map((entry) => [
    entry.clause,
    entry.about,
    words.standings[entry.standing as (typeof STANDINGS)[number]],
    entry.by.join(', '),
    entry.why ?? '',
  ]);
  return panel(
    words.clauses,
    make('p', 'about', words.clausesOf(clauses.title, clauses.source)),
    make('label', 'filter', words.shown, choice),
    plainTable(words.clauses, [words.clause, words.what, words.standing, words.by, words.why], rows),
  );
}
