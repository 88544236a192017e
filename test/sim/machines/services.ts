import { fpm } from './layout.ts';
import { type AtWork, note } from './module.ts';
import { loadHosts, loadPools } from './sim-machines.ts';

/** `systemctl reload-or-restart`: the service runs with its current files, and no reload is pending. */
export async function settle(at: AtWork, service: string): Promise<void> {
  await at.pass(300);
  const { machine } = at;
  machine.services.set(service, 'active');
  if (service === 'nginx') loadHosts(machine);
  for (const version of machine.phpVersions) if (fpm(version) === service) loadPools(machine, version);
  machine.owed.delete(service);
  note(at, null, `loaded ${service}`);
}
