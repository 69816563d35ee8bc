/**
 * What wakes people: rules that promtool takes and tests, each with a case that fires, one that does not and a runbook; and no
 * figure in rules or dashboard that the program does not have.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../pipelines/http/metrics.js';

const has = (command: string) => spawnSync(command, ['--version']).error === undefined;
// In CI a part that is missing is a failure; at home the tests that want it are left out, and counted.
const withPromtool = it.skipIf(!has('promtool') && !process.env['CI']);
const TO_INSTALL = '(Debian: prometheus)';

const folder = mkdtempSync(join(tmpdir(), 'dozor-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rules = readFileSync('docker/prometheus/rules.yml', 'utf8');
const tests = readFileSync('docker/prometheus/rules.test.yml', 'utf8');
const runbooks = readFileSync('docs/runbooks.md', 'utf8');
const prometheus = readFileSync('docker/prometheus/prometheus.yml', 'utf8');
const alertmanager = readFileSync('docker/alertmanager/alertmanager.yml', 'utf8');
const dashboard = JSON.parse(readFileSync('docker/grafana/dashboards/dozor.json', 'utf8')) as {
  readonly panels: readonly {
    readonly title: string;
    readonly description?: string;
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }[];
};

/** One alert a block: its name and everything that is said of it. */
const alerts = rules
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: /^\w+/.exec(text)![0], text: text.replace(/^ {2}- name:[\s\S]*/m, '') }));
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  (targets ?? []).map(({ expr }, i) => ({ name: `${title} ${i + 1}`, expr: expr.replaceAll('$job', 'dozor') })),
);

/** The names of our metrics, as Prometheus has them. */
async function known(): Promise<ReadonlySet<string>> {
  const names = new Set(['up']);
  for (const { name, type } of await createMetrics().registry.getMetricsAsJSON()) {
    names.add(name);
    if (type.toString() === 'histogram') for (const end of ['bucket', 'sum', 'count']) names.add(`${name}_${end}`);
  }
  return names;
}

const metricsIn = (text: string) => [...text.matchAll(/\b(?:dozor|process|nodejs)_\w+|\bup\b(?=[{[ )])/g)].map(String);

describe('promtool', () => {
  withPromtool(`takes the rules ${TO_INSTALL}`, () => {
    expect(execFileSync('promtool', ['check', 'rules', 'docker/prometheus/rules.yml'], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${alerts.length} rules found`,
    );
  });

  withPromtool(`takes the configuration that scrapes every role ${TO_INSTALL}`, () => {
    execFileSync('promtool', ['check', 'config', 'docker/prometheus/prometheus.yml']);
    const [, names] = /names: \[(.*)\]/.exec(prometheus)!;
    expect(names!.split(', ').sort()).toEqual(['alerts', 'collector', 'dashboard', 'door', 'network', 'service']);
  });

  withPromtool(
    `finds that each alert fires when it should, and not when it should not ${TO_INSTALL}`,
    { timeout: 240_000 },
    () => {
      const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'docker/prometheus/rules.test.yml'], {
        encoding: 'utf8',
      });
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(status).toBe(0);
    },
  );

  withPromtool(`takes every query of the dashboard ${TO_INSTALL}`, () => {
    const file = join(folder, 'queries.yml');
    const records = queries.map(({ expr }, i) => ({ record: `query:${i}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }));
    expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${queries.length} rules found`,
    );
  });
});

describe('each alert', () => {
  it.each(alerts.map(({ name }) => name))('%s has a case that fires and one that does not', (name) => {
    const cases = tests.split(/^ {2}- name: /m).filter((text) => text.includes(`alertname: ${name}\n`));
    expect(cases.filter((text) => text.includes('exp_alerts: []')).length, 'that does not fire').toBeGreaterThan(0);
    expect(cases.filter((text) => text.includes('- exp_labels:')).length, 'that fires').toBeGreaterThan(0);
    for (const text of cases) expect(text, 'a case is named for its alert').toContain(`${name}: `);
  });

  it.each(alerts.map(({ name, text }) => [name, text] as const))(
    '%s says how bad, what, and what to do',
    (name, text) => {
      expect(text).toMatch(/severity: (?:critical|warning|none)\b/);
      for (const field of ['summary', 'description']) expect(text).toMatch(new RegExp(`^ {10}${field}: \\S`, 'm'));
      // A runbook's heading is the name of the alert, and a heading's address is itself in small letters.
      expect(text).toContain(`runbook_url: docs/runbooks.md#${name.toLowerCase()}\n`);
      const [, book] = new RegExp(`^## ${name}\\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, 'm').exec(runbooks) ?? [];
      for (const part of ['Means', 'Look', 'Do', 'Wake', 'Over']) expect(book, part).toContain(`**${part}.**`);
    },
  );

  it('is in the runbooks, and nothing else is', () => {
    const headings = [...runbooks.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(alerts.map(({ name }) => name).sort());
  });

  it('that a runbook leads to is there', () => {
    const names = new Set(alerts.map(({ name }) => name.toLowerCase()));
    for (const [, anchor] of runbooks.matchAll(/\]\(#([^)]*)\)/g)) expect(names).toContain(anchor);
  });

  it('that Alertmanager names is there', () => {
    const names = new Set(alerts.map(({ name }) => name));
    const named = [...alertmanager.matchAll(/\bDozor[A-Z]\w*/g)].map(String);
    expect(named.filter((name) => name !== 'DozorClock' && !names.has(name))).toEqual([]);
  });
});

describe('no figure is made up', () => {
  it('in the rules', async () => {
    const names = await known();
    const used = metricsIn(alerts.map(({ text }) => text).join(''));
    expect(used.length).toBeGreaterThan(alerts.length);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });

  it('in the tests of the rules', async () => {
    const names = await known();
    expect(metricsIn(tests).filter((name) => !names.has(name))).toEqual([]);
  });

  it('in the dashboard', async () => {
    const names = await known();
    const used = queries.flatMap(({ expr }) => metricsIn(expr));
    expect(used.length).toBeGreaterThan(queries.length / 2);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });

  it('in the runbooks and in what is said of the metrics', async () => {
    const names = await known();
    const texts = `${runbooks}${readFileSync('docs/metrics.md', 'utf8')}`;
    const used = [...texts.matchAll(/\b(?:dozor|process|nodejs)_\w+[a-z]\b(?!\*)/g)].map(String);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });
});

// Alertmanager's own tool, where it is at hand (Debian: prometheus-alertmanager).
if (has('amtool')) {
  describe('amtool', () => {
    const file = join(folder, 'alertmanager.yml');
    const amtool = (...args: string[]) => spawnSync('amtool', args, { encoding: 'utf8' });

    it('takes the configuration, and sends each alert to those for whom it is', () => {
      // Debian's is older than addresses in files.
      writeFileSync(file, alertmanager.replaceAll(/url_file: .*/g, 'url: http://127.0.0.1/'));
      const { status, stdout, stderr } = amtool('check-config', file);
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(status).toBe(0);
      const receivers = { critical: 'wake', warning: 'shift', none: 'watchdog' };
      for (const { name, text } of alerts) {
        const severity = /severity: (\w+)/.exec(text)![1] as keyof typeof receivers;
        const labels = [`alertname=${name}`, `severity=${severity}`, 'job=dozor'];
        const answer = amtool('config', 'routes', 'test', `--config.file=${file}`, ...labels);
        expect(answer.stdout.trim(), name).toBe(receivers[severity]);
      }
    });
  });
}

describe('labels', () => {
  it('that Prometheus gives a target are none of our own, which it would rename', async () => {
    const own = new Set(['job', 'instance']);
    for (const metric of createMetrics().registry.getMetricsAsArray()) {
      for (const label of (metric as unknown as { labelNames: readonly string[] }).labelNames) own.add(label);
    }
    const given = [...prometheus.matchAll(/target_label: (\w+)/g)].map(([, label]) => label);
    expect(given).toEqual(['process']);
    expect(given.filter((label) => own.has(label!))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('asks the source of data that is provisioned, and says of each panel what it shows', () => {
    const provisioned = readFileSync('docker/grafana/provisioning/datasources/prometheus.yaml', 'utf8');
    for (const { title, description, targets } of dashboard.panels) {
      if (!targets) continue;
      expect(description, title).toMatch(/\w\.$/);
      for (const { datasource } of targets) expect(provisioned).toContain(`uid: ${datasource.uid}\n`);
    }
  });
});
