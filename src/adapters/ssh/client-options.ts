import type { PinnedAddress } from './pinned-address.ts';

/** Seconds until a connection that got no banner counts as failed. */
export const connectTimeoutSeconds = 10;

export interface ConnectionFiles {
  readonly controlPath: string;
  readonly knownHostsPath: string;
  readonly identityPath: string;
}

/**
 * Options of ssh(1) for a pinned address, complete but for the host. `-F /dev/null` and explicit values keep the
 * configuration of the user and of the system out; where ssh takes the first value it sees, these have to come first.
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
    // A peer that is silent for 45 s is gone; long playbooks keep quiet, their TCP connection does not.
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

/** The name under which the keys of an address are known: independent of DNS, unlike for any other set of keys. */
export function hostKeyAlias(address: PinnedAddress): string {
  return `pressluft-${address.id}`;
}
