import type { ActionCommand, CloudState, StoredAction } from './model.ts';

export interface ActionFailure {
  readonly code: string;
  readonly message: string;
}

const keptActions = 1000;

/** Adds a running action; the caller of the request runs it once the state is stored. */
export function beginAction(
  { state, nowMs }: { readonly state: CloudState; readonly nowMs: number },
  command: ActionCommand,
  resources: StoredAction['resources'],
  rest: Pick<StoredAction, 'image' | 'leaveOff' | 'resize'> = {},
): StoredAction {
  const action: StoredAction = {
    id: state.nextId.action++,
    command,
    status: 'running',
    started: new Date(nowMs).toISOString(),
    finished: null,
    resources,
    error: null,
    ...rest,
  };
  state.actions.push(action);
  return action;
}

/** Ends a running action. Old actions are forgotten. */
export function finishAction(
  state: CloudState,
  id: number,
  nowMs: number,
  failure: ActionFailure | undefined,
): void {
  const action = state.actions.find((candidate) => candidate.id === id);
  if (!action) return;
  action.status = failure ? 'error' : 'success';
  action.finished = new Date(nowMs).toISOString();
  action.error = failure ?? null;
  const surplus = state.actions.length - keptActions;
  if (surplus > 0) {
    let dropped = 0;
    state.actions = state.actions.filter((item) => item.status === 'running' || dropped++ >= surplus);
  }
}

/** What an action changes in the state when it takes effect; its effect on the machine is the caller's. Idempotent. */
export function takeEffect(state: CloudState, action: StoredAction): void {
  const id = serverOf(action);
  const server = state.servers.find((candidate) => candidate.id === id);
  if (!server) return;
  switch (action.command) {
    case 'start_server':
    case 'reboot_server':
    case 'reset_server':
    case 'rebuild_server':
      server.power = 'running';
      return;
    // A new server is switched on by the action after it.
    case 'create_server':
    case 'stop_server':
    case 'shutdown_server':
      server.power = 'off';
      return;
    // Changing the type ends with a start.
    case 'change_server_type':
      Object.assign(server, action.resize, { power: 'running' });
      return;
    case 'delete_server':
      state.servers = state.servers.filter((other) => other !== server);
      for (const firewall of state.firewalls) {
        firewall.appliedTo = firewall.appliedTo.filter(
          (target) => target.type !== 'server' || target.server.id !== id,
        );
      }
      return;
    case 'create_image':
    case 'change_protection':
    case 'set_firewall_rules':
    case 'apply_firewall':
    case 'remove_firewall':
      return;
    default:
      action.command satisfies never;
  }
}

/** The server that an action concerns, if any. */
export function serverOf({ resources }: StoredAction): number | undefined {
  return resources.find(({ type }) => type === 'server')?.id;
}

/** Actions with the same key run one after the other. */
export function queueOf(action: StoredAction): string {
  const server = serverOf(action);
  return server === undefined ? `firewall ${action.resources[0]?.id}` : `server ${server}`;
}
