import { phpOf } from './layout.ts';
import { type AtWork, note, slotOf } from './module.ts';
import { loadHosts, loadPhp } from './sim-machines.ts';

/** `systemctl reload-or-restart`: the service runs with its current files, and no reload is pending. */
export async function settle(at: AtWork, service: string): Promise<void> {
  await at.pass(300);
  const { machine } = at;
  machine.services.set(service, 'active');
  if (service === 'nginx') loadHosts(machine);
  machine.owed.delete(service);
  note(at, null, `loaded ${service}`);
}

/** The socket of an environment opens, or its master restarts behind a standby. */
export async function restartPhp(at: AtWork, name: string): Promise<void> {
  await at.pass(300);
  loadPhp(slotOf(at.machine, name));
  at.machine.owed.delete(phpOf(name));
  note(at, null, `restarted the PHP of ${name}`);
}
