/** What is read from the state of tasks when somebody asks: one object for the HTTP side, on whatever store. */
import type { KpiViews } from '../../domain/kpi/chart.js';
import type { OutageViews } from '../../domain/outage-wire.js';
import type { HeldViews, IdViews } from '../../domain/search-wire.js';
import type { WorksViews } from '../../domain/works-wire.js';
import type { Views } from '../../http/ports.js';
import { ElementReader, type ElementViews } from './element-reader.js';
import { IdReader } from './id-reader.js';
import { KpiReader, type KpiReaderGiven } from './kpi-reader.js';
import { OutageReader } from './outage-reader.js';
import { ServiceReader, type ServiceViews } from './service-reader.js';
import { WorksReader } from './works-reader.js';

export interface Subjects {
  readonly kpis: KpiViews;
  readonly elements: ElementViews;
  readonly services: ServiceViews;
  readonly outages: OutageViews;
  readonly works: WorksViews;
  readonly ids: IdViews & HeldViews;
}

/** The readers of an installation. They only read, so any process that reaches the store may have them. */
export function subjectsOf(given: KpiReaderGiven & { readonly views: Views }): Subjects {
  return {
    kpis: new KpiReader(given),
    elements: new ElementReader(given),
    services: new ServiceReader(given),
    outages: new OutageReader(given),
    works: new WorksReader(given),
    ids: new IdReader(given),
  };
}
