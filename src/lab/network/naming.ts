import { createHash } from 'node:crypto';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/**
 * Every kernel object of a lab has a name derived only from the lab's name, so that it can be found and
 * removed without any file. Interface names stay under IFNAMSIZ (15 characters).
 */
export interface LabNames {
  /** Six hexadecimal digits that identify the lab. */
  readonly tag: string;
  readonly bridge: string;
  readonly nftTable: string;
  /** Below each cgroup hierarchy. */
  readonly cgroup: string;
  /** Common prefix of machine names, network namespaces, host links and mount sources. */
  readonly prefix: string;
}

/** Cgroups of labs and of image builds are siblings, so that removing one never affects a parent of another. */
export const cgroupPrefix = 'pressluft-lab-';
export const registryDir = '/run/pressluft-lab';

/** Fails with `PL2001` on a name that is not a DNS label of at most 40 characters. */
export function labNames(lab: string): LabNames {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(lab)) {
    throw new PressluftError(errors.flagInvalid, `"${lab.slice(0, 60)}" is not a lab name`, {
      hint: 'Use lower-case letters, digits and hyphens, at most 40.',
    });
  }
  const tag = createHash('sha256').update(lab).digest('hex').slice(0, 6);
  return {
    tag,
    bridge: `plb${tag}`,
    nftTable: `pressluft_lab_${tag}`,
    cgroup: `${cgroupPrefix}${tag}`,
    prefix: `pl${tag}-`,
  };
}

/** Name of a machine's namespace, host link, nspawn machine and mount source; `octet` is the last of its address. */
export function machineName(names: LabNames, octet: number): string {
  return `${names.prefix}${octet}`;
}
