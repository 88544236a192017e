import { ApiError } from '../cloud/api-error.ts';
import { type ActionCommand, actionCommands } from '../cloud/model.ts';

interface RequestMatch {
  /** HTTP method; any when absent. */
  readonly method?: string;
  /** Regular expression on the path with its query, for example `^/v1/servers$`; any when absent. */
  readonly path?: string;
}

interface Limited {
  /** How often the fault applies; without it, until it is removed. */
  readonly times?: number;
  /** Probability that it applies at each opportunity, 0 to 1; 1 when absent. */
  readonly probability?: number;
}

/** All injectable faults. */
export type Fault =
  | ({ readonly kind: 'latency'; readonly ms: number } & RequestMatch & Limited)
  /** The connection is destroyed after the effect, or before it with `before: true`. */
  | ({ readonly kind: 'lost-reply'; readonly before?: boolean } & RequestMatch & Limited)
  | ({ readonly kind: 'status'; readonly status: FaultStatus; readonly html?: boolean } & RequestMatch &
      Limited)
  /** The action ends in error; `afterEffect` lets it take effect first. */
  | ({
      readonly kind: 'action-error';
      readonly command: ActionCommand;
      readonly code?: string;
      readonly message?: string;
      readonly afterEffect?: boolean;
    } & Limited)
  /** The action waits before its effect, so that a test can interrupt it. */
  | ({ readonly kind: 'slow-action'; readonly command: ActionCommand; readonly ms: number } & Limited)
  | ({ readonly kind: 'sold-out'; readonly serverType: string; readonly location?: string } & Limited)
  | ({ readonly kind: 'server-limit'; readonly max: number } & Limited)
  /** New servers are missing from lists for that long; `GET /servers/{id}` returns them at once. */
  | { readonly kind: 'eventual-list'; readonly ms: number }
  /** The machine's network is cut as long as the fault is set. */
  | { readonly kind: 'network-cut'; readonly server: string };

const statusCodes = {
  429: 'rate_limit_exceeded',
  500: 'server_error',
  502: 'bad_gateway',
  503: 'unavailable',
  504: 'timeout',
} as const;
export type FaultStatus = keyof typeof statusCodes;

export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;

export interface FaultControl {
  /** The current faults, with their remaining `times`. */
  list(): readonly Fault[];
  /** Replaces all faults; an empty list ends them. */
  set(faults: readonly Fault[]): void;
  /** The faults of a kind that apply to `matches`; none of their `times` is used up. */
  peek<K extends FaultKind>(kind: K, matches?: (fault: FaultOf<K>) => boolean): readonly FaultOf<K>[];
  /** The first fault of a kind that applies now; uses up one of its `times`. */
  strike<K extends FaultKind>(kind: K, matches?: (fault: FaultOf<K>) => boolean): FaultOf<K> | undefined;
}

export function createFaultControl(
  initial: readonly Fault[] = [],
  random: () => number = Math.random,
): FaultControl {
  let entries: { fault: Fault; left: number }[] = [];
  const control: FaultControl = {
    list: () => entries.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault)),
    set: (faults) => {
      entries = faults.map((fault) => ({
        fault,
        left: ('times' in fault ? fault.times : undefined) ?? Infinity,
      }));
    },
    peek: (kind, matches = () => true) =>
      entries
        .map(({ fault }) => fault)
        .filter((fault) => isKind(fault, kind))
        .filter(matches),
    strike: (kind, matches = () => true) => {
      for (const entry of entries) {
        const { fault } = entry;
        if (!isKind(fault, kind) || !matches(fault)) continue;
        if ('probability' in fault && random() >= (fault.probability ?? 1)) continue;
        entry.left -= 1;
        if (entry.left <= 0) entries = entries.filter((other) => other !== entry);
        return fault;
      }
      return undefined;
    },
  };
  control.set(initial);
  return control;
}

/** Whether a request fault matches this request. */
export function concerns(method: string, path: string): (fault: RequestMatch) => boolean {
  return (fault) =>
    (fault.method === undefined || fault.method === method) &&
    (fault.path === undefined || new RegExp(fault.path).test(path));
}

export function statusError(status: FaultStatus): ApiError {
  return new ApiError(statusCodes[status], `injected by the lab: ${statusCodes[status]}`);
}

/** Reads faults from JSON of the control endpoint. Throws `invalid_input` with the first problem. */
export function parseFaults(body: unknown): readonly Fault[] {
  const list = (body as { faults?: unknown } | null)?.faults;
  if (!Array.isArray(list)) throw new ApiError('invalid_input', 'expected {"faults": [...]}');
  return list.map((item: unknown, index) => {
    const problem = faultProblem(item);
    if (problem) throw new ApiError('invalid_input', `faults[${index}]: ${problem}`);
    return item as Fault;
  });
}

const knownKinds: Readonly<Record<FaultKind, readonly [field: string, type: 'number' | 'string'][]>> = {
  latency: [['ms', 'number']],
  'lost-reply': [],
  status: [['status', 'number']],
  'action-error': [['command', 'string']],
  'slow-action': [
    ['command', 'string'],
    ['ms', 'number'],
  ],
  'sold-out': [['serverType', 'string']],
  'server-limit': [['max', 'number']],
  'eventual-list': [['ms', 'number']],
  'network-cut': [['server', 'string']],
};

function faultProblem(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return 'expected an object';
  const fault = item as Record<string, unknown>;
  const kind = String(fault.kind);
  if (!Object.hasOwn(knownKinds, kind)) return `kind must be one of ${Object.keys(knownKinds).join(', ')}`;
  for (const [field, type] of knownKinds[kind as FaultKind]) {
    if (typeof fault[field] !== type) return `${kind} needs ${field}, a ${type}`;
  }
  if (kind === 'status' && !Object.hasOwn(statusCodes, String(fault.status))) {
    return `status must be one of ${Object.keys(statusCodes).join(', ')}`;
  }
  if ('command' in fault && !actionCommands.includes(fault.command as ActionCommand)) {
    return `command must be one of ${actionCommands.join(', ')}`;
  }
  for (const field of ['times', 'probability']) {
    if (fault[field] !== undefined && typeof fault[field] !== 'number') return `${field} must be a number`;
  }
  if (fault.path !== undefined && !isRegExp(fault.path)) return 'path must be a regular expression';
  return undefined;
}

function isRegExp(source: unknown): boolean {
  try {
    return typeof source === 'string' && new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

function isKind<K extends FaultKind>(fault: Fault, kind: K): fault is FaultOf<K> {
  return fault.kind === kind;
}
