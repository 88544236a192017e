import { artifact } from '../../support/fleet-builders.ts';
import { simulatedMachine } from '../machine/simulated-machine.ts';
import { describeNodeContent } from './node-content.contract.ts';

describeNodeContent('simulated', async () => {
  const { machines, address, shell, ansible, settle } = simulatedMachine();
  const { host } = address;
  // As in the lab's warm image, which has a node's packages preinstalled.
  machines.get(host).phpVersions.add('8.2');
  const wordpress = { version: '7.1.1', ...artifact('wordpress-7.1.1.tar.gz') };
  machines.artifactProblem = (_url, sha256) =>
    sha256 === '0'.repeat(64)
      ? { code: 'checksum_mismatch', message: `sha256 is another one, pinned is ${sha256}` }
      : null;
  return {
    address,
    shell,
    ansible,
    settle,
    wordpress,
    wpCli: { version: '2.12.0', ...artifact('wp-cli-2.12.0.phar') },
    editFile: async (environment, path) => machines.editFile(host, environment, path, 'e'.repeat(64)),
    stopService: async (unit) => machines.stopService(host, unit, 'inactive'),
    close: async () => undefined,
  };
});
