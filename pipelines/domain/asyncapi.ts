/**
 * The contract for other people's tools, made from the same schemas that check every event: JSON Schemas, and an AsyncAPI 3.0
 * document of the topics with what each carries. Nothing here is written by hand twice.
 */
import { DECISION_TYPES, decisionSchemas } from './decision.js';
import { EVENT_TYPES, type EventType, eventSchemas, SUBJECT_KIND } from './event.js';
import { pageReport } from './page-signal.js';
import { DAY } from './units.js';

type Json = Record<string, unknown>;

const DRAFT = 'http://json-schema.org/draft-07/schema#';
const BINDING_VERSION = '0.5.0';

/** One JSON Schema (draft 7) for each type of event and of decision: the whole CloudEvent, by type. */
export function jsonSchemas(): Record<string, object> {
  const schemas: Record<string, object> = {};
  for (const type of EVENT_TYPES) schemas[type] = { $schema: DRAFT, title: type, ...eventSchema(type) };
  for (const type of DECISION_TYPES) schemas[type] = { $schema: DRAFT, title: type, ...decisionSchema(type) };
  return schemas;
}

/** The topics of an installation, what they carry, and whether Dozor reads or writes them. */
export function asyncApi(): object {
  const services = EVENT_TYPES.filter((type) => ['service', 'either'].includes(SUBJECT_KIND[type]) && !ofContact(type));
  const elements = EVENT_TYPES.filter((type) => SUBJECT_KIND[type] !== 'service');
  const decisions = DECISION_TYPES.filter((type) => type !== 'event.rejected');
  const channels = {
    'service-events': channel('service-events', {
      description:
        'What happened to a service, and commands of people and policies about it. Retention is what the rule pack allows for traffic data.',
      partitions: 64,
      configuration: { 'cleanup.policy': ['delete'], 'message.timestamp.type': 'LogAppendTime' },
      messages: services,
    }),
    'element-events': channel('element-events', {
      description: 'What happened to an element of the network, and the tariffs. Read by the network tasks.',
      partitions: 16,
      configuration: {
        'cleanup.policy': ['delete'],
        'retention.ms': 28 * DAY,
        'message.timestamp.type': 'LogAppendTime',
      },
      messages: elements,
    }),
    network: channel('network', {
      description:
        'Faults, elements and works as the network tasks see them, and how far they have read. Read whole by every service task.',
      partitions: 1,
      configuration: { 'cleanup.policy': ['delete'], 'retention.ms': 14 * DAY },
      messages: ['network.record'],
    }),
    contacts: channel('contacts', {
      description: 'Phone numbers and addresses, split off at the door. Read by alerts only.',
      partitions: 64,
      configuration: { 'cleanup.policy': ['compact'] },
      messages: ['contact.upserted'],
    }),
    facts: channel('facts', {
      description:
        'Small idempotent facts, absolute counts, for what concerns more than one service. Read by the collector tasks.',
      partitions: 64,
      configuration: { 'cleanup.policy': ['delete'], 'retention.ms': 28 * DAY },
      messages: ['fact'],
    }),
    decisions: channel('decisions', {
      description:
        'What was decided, each with its clause and its reasons. Kept. A reader drops an id that it has seen.',
      partitions: 64,
      configuration: { 'cleanup.policy': ['delete'], 'retention.ms': -1 },
      messages: decisions,
    }),
    rejected: channel('rejected', {
      description: 'Events that were refused, whole, sealed with a key that only dead-letters has.',
      partitions: 1,
      configuration: { 'cleanup.policy': ['delete'], 'retention.ms': -1 },
      messages: ['event.rejected'],
    }),
    'page-signals': channel('page-signals', {
      description:
        'What the pages tell of themselves: web vitals, errors, the health of walls. No person, no session, no address. Nothing is decided by it.',
      partitions: 1,
      configuration: {
        'cleanup.policy': ['delete'],
        'retention.ms': 14 * DAY,
        'message.timestamp.type': 'LogAppendTime',
      },
      messages: ['page.report'],
    }),
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Dozor',
      version: '1.0.0',
      description:
        'Network events in, defensible decisions out. Every event and decision is one CloudEvents 1.0 JSON object; the key is its subject.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels,
    operations: {
      readServiceEvents: operation('receive', 'service-events'),
      readElementEvents: operation('receive', 'element-events'),
      writeNetwork: operation('send', 'network'),
      readNetwork: operation('receive', 'network'),
      writeContacts: operation('send', 'contacts'),
      readContacts: operation('receive', 'contacts'),
      writeFacts: operation('send', 'facts'),
      readFacts: operation('receive', 'facts'),
      writeDecisions: operation('send', 'decisions'),
      writeRejected: operation('send', 'rejected'),
      writePageSignals: operation('send', 'page-signals'),
      readPageSignals: operation('receive', 'page-signals'),
    },
    components: { messages: messages(), schemas: componentSchemas() },
  };
}

function messages(): Json {
  const cloudEvents = [...EVENT_TYPES, ...DECISION_TYPES.filter((type) => type !== 'event.rejected')];
  return {
    ...Object.fromEntries(cloudEvents.map((type) => [type, message(type, 'its subject')])),
    'network.record': message('network.record', 'the name of the record', 'application/json'),
    fact: message('fact', 'the fault, customer or operator', 'application/json'),
    'page.report': message('page.report', 'the wall, or the page', 'application/json'),
    'event.rejected': {
      ...message('event.rejected', 'as it came', 'application/octet-stream'),
      description: 'The decision event.rejected (its schema is event.rejected) as JSON, sealed; here the sealed bytes.',
      payload: { $ref: '#/components/schemas/sealed' },
    },
  };
}

function componentSchemas(): Json {
  const schemas: Json = {
    'network.record': {
      type: 'object',
      required: ['is'],
      properties: {
        is: { type: 'string', description: 'what the record is of: element, fault, works, tariff, frontier, ...' },
      },
      description: 'Internal. An absolute state: a later revision of a key replaces the earlier one.',
    },
    fact: { type: 'object', description: 'Internal. An absolute count or state, never an increment.' },
    'page.report': plain(pageReport),
    sealed: {
      type: 'string',
      format: 'binary',
      description: 'Version byte, X25519 key of the record, AES-256-GCM content and tag.',
    },
  };
  for (const type of EVENT_TYPES) schemas[type] = eventSchema(type);
  for (const type of DECISION_TYPES) schemas[type] = decisionSchema(type);
  return schemas;
}

// --- The parts of CloudEvents ---

const nonEmpty = { type: 'string', minLength: 1 };
const dateTime = { type: 'string', format: 'date-time' };

function eventSchema(type: EventType): Json {
  const kind = SUBJECT_KIND[type];
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: { ...nonEmpty, description: 'with source it names the event once for all' },
      source: nonEmpty,
      type: { const: type },
      subject: {
        ...nonEmpty,
        not: { pattern: '^([0-9]{9,15}$|\\+[0-9])' },
        description: `the opaque id of a ${kind === 'either' ? 'service or element' : kind}; never a phone number`,
      },
      time: { ...dateTime, description: 'when it happened' },
      recordedtime: { ...dateTime, description: 'when the operator got to know of it; absent: equal to time' },
      sequence: { type: ['string', 'integer'], description: 'the number that the source gave the record' },
      ...(kind === 'either' && { subjectkind: { enum: ['service', 'element'] } }),
      data: plain(eventSchemas[type]),
    },
  };
}

function decisionSchema(type: (typeof DECISION_TYPES)[number]): Json {
  return {
    type: 'object',
    required: [
      'specversion',
      'id',
      'source',
      'type',
      ...(type === 'event.rejected' ? [] : ['subject']),
      'time',
      'data',
    ],
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', pattern: '^[0-9a-f]{32}$', description: 'a function of what was decided' },
      source: nonEmpty,
      type: { const: type },
      subject: nonEmpty,
      time: { ...dateTime, description: "the clock's time at which it was due" },
      data: plain(decisionSchemas[type]),
    },
  };
}

/** The schema as plain JSON, without what TypeBox keeps beside it. */
function plain(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}

// --- The parts of AsyncAPI ---

function ofContact(type: EventType): boolean {
  return type === 'contact.upserted';
}

function message(type: string, key: string, contentType = 'application/cloudevents+json'): Json {
  return {
    name: type,
    title: type,
    contentType,
    payload: { $ref: `#/components/schemas/${type}` },
    bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: BINDING_VERSION } },
  };
}

function channel(
  topic: string,
  of: {
    readonly description: string;
    readonly partitions: number;
    readonly configuration: Json;
    readonly messages: readonly string[];
  },
): Json {
  return {
    address: topic,
    description: of.description,
    messages: Object.fromEntries(of.messages.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        topic,
        partitions: of.partitions,
        topicConfiguration: of.configuration,
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

function operation(action: 'send' | 'receive', to: string): Json {
  return { action, channel: { $ref: `#/channels/${to}` } };
}
