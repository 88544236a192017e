import type { PinnedAddress } from './pinned-address.ts';

/** Seconds until a connection that got no banner counts as failed. */
export const connectTimeoutSeconds = 10;

export interface ConnectionFiles {
  readonly controlPath: string;
  readonly knownHostsPath: string;
  readonly identityPath: string;
}

/**
 * Options of ssh(1) for a pinned address, complete except for the host. `-F /dev/null` and explicit values exclude the
 * configuration of the user and of the system; ssh uses the first value of an option, so these have to come first.
 */
export function clientOptions(address: PinnedAddress, files: ConnectionFiles): readonly string[] {
  const options: Readonly<Record<string, string | number>> = {
    Port: address.port,
    User: address.user,
    IdentityFile: files.identityPath,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    BatchMode: 'yes',
    PreferredAuthentications: 'publickey',
    PasswordAuthentication: 'no',
    KbdInteractiveAuthentication: 'no',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: files.knownHostsPath,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: hostKeyAlias(address),
    HostKeyAlgorithms: address.algorithms,
    UpdateHostKeys: 'no',
    CheckHostIP: 'no',
    VerifyHostKeyDNS: 'no',
    ProxyCommand: 'none',
    PermitLocalCommand: 'no',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    EscapeChar: 'none',
    ConnectTimeout: connectTimeoutSeconds,
    ConnectionAttempts: 1,
    // A peer that is silent for 45 s counts as lost; long playbooks print nothing, but their connection answers keep-alives.
    ServerAliveInterval: 15,
    ServerAliveCountMax: 3,
    ControlMaster: 'auto',
    ControlPersist: 120,
    ControlPath: files.controlPath,
    LogLevel: 'ERROR',
  };
  return [
    '-F',
    '/dev/null',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}

/** The known-hosts name of an address: independent of DNS, and different for every set of keys. */
export function hostKeyAlias(address: PinnedAddress): string {
  return `pressluft-${address.id}`;
}
