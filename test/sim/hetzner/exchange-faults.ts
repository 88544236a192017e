import type { ActionFate } from './model.ts';

/** Faults of an exchange besides a lost request or reply; in a fixed order. */
export function faultsOf(method: string, template: string): readonly string[] {
  const key = `${method} ${template}`;
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list = [
    ...anywhere,
    ...(method === 'GET' ? [] : ofMutations),
    ...(method === 'POST' && template.includes('/actions/') ? ofActions : []),
    ...(byRoute[key] ?? []),
  ];
  lists.set(key, list);
  return list;
}

/** Outcome of the action that a request starts. */
export function actionFate(fault: string | null): ActionFate {
  switch (fault) {
    case 'action-error-before':
      return 'error-before';
    case 'action-error-after':
      return 'error-after';
    case 'action-hangs':
      return 'hangs';
    default:
      return 'success';
  }
}

const anywhere = [
  'not-sent',
  'timeout',
  'rate-limited',
  'bad-gateway',
  'unavailable',
  'gateway-timeout',
  'server-error',
  'malformed',
  'token-refused',
] as const;

/** `-after`: an error although the request has taken effect; `-late`: the effect happens at an unexpected later time. */
const ofMutations = [
  'conflict',
  'timeout-after',
  'timeout-late',
  'bad-gateway-after',
  'gateway-timeout-after',
  'server-error-after',
] as const;

const ofActions = ['locked', 'action-error-before', 'action-error-after', 'action-hangs'] as const;

const byRoute: Readonly<Record<string, readonly string[]>> = {
  'GET /servers': ['list-omits'],
  'POST /servers': [
    'sold-out',
    'limit',
    'list-lags',
    'action-error-before',
    'action-error-after',
    'action-hangs',
  ],
  'DELETE /servers/{id}': [...ofActions, 'still-listed'],
  'POST /firewalls': ['list-lags'],
  'POST /ssh_keys': ['list-lags'],
};

const lists = new Map<string, readonly string[]>();
