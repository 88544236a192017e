import { parse } from 'yaml';
import { messageOf } from '../../fleet/errors.ts';

/** User data reduced to what the lab supports; `warnings` names everything else. */
export interface CloudConfig {
  readonly users: readonly CloudUser[];
  /** For root, in addition to the provider's keys. */
  readonly sshAuthorizedKeys: readonly string[];
  readonly hostKey: HostKey | undefined;
  /** Root may not log in; a message names the user to take. */
  readonly disableRoot: boolean;
  readonly hostname: string | undefined;
  readonly timezone: string | undefined;
  readonly files: readonly CloudFile[];
  readonly packageUpdate: boolean;
  readonly packages: readonly string[];
  /** Shell lines, run once at the end of the first boot. */
  readonly commands: readonly string[];
  /** A `#!` script given as user data, run like the commands. */
  readonly script: string | undefined;
  readonly warnings: readonly string[];
}

export interface CloudUser {
  readonly name: string;
  readonly gecos: string | undefined;
  readonly shell: string | undefined;
  readonly home: string | undefined;
  readonly groups: readonly string[];
  /** Lines for sudoers, without the user's name. */
  readonly sudo: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly lockPassword: boolean;
  readonly passwordHash: string | undefined;
  readonly system: boolean;
}

export interface CloudFile {
  readonly path: string;
  readonly contentBase64: string;
  /** Octal digits. */
  readonly permissions: string;
  readonly owner: string;
  readonly append: boolean;
}

export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

type Fields = Readonly<Record<string, unknown>>;

const empty: CloudConfig = {
  users: [],
  sshAuthorizedKeys: [],
  hostKey: undefined,
  disableRoot: false,
  hostname: undefined,
  timezone: undefined,
  files: [],
  packageUpdate: false,
  packages: [],
  commands: [],
  script: undefined,
  warnings: [],
};

const knownKeys = new Set([
  'users',
  'ssh_authorized_keys',
  'ssh_keys',
  'ssh_deletekeys',
  'ssh_genkeytypes',
  'ssh_pwauth',
  'disable_root',
  'hostname',
  'preserve_hostname',
  'timezone',
  'write_files',
  'package_update',
  'package_upgrade',
  'packages',
  'runcmd',
]);

/**
 * Reads user data as cloud-init would. Never fails: like cloud-init it continues with the parts that it understands; the format is
 * that of https://cloudinit.readthedocs.io/en/latest/reference/modules.html.
 */
export function readUserData(userData: string | undefined): CloudConfig {
  if (userData === undefined || userData.trim() === '') return empty;
  if (userData.startsWith('#!')) return { ...empty, script: userData };
  if (!/^#cloud-config\s*$/m.test(userData.slice(0, userData.indexOf('\n') + 1 || undefined))) {
    return { ...empty, warnings: ['user data is neither #cloud-config nor a script: ignored'] };
  }
  try {
    const value: unknown = parse(userData, { maxAliasCount: 100 });
    return isFields(value)
      ? readConfig(value)
      : { ...empty, warnings: ['#cloud-config is not a mapping: ignored'] };
  } catch (error) {
    return { ...empty, warnings: [`#cloud-config is not valid YAML: ${messageOf(error)}`] };
  }
}

function readConfig(config: Fields): CloudConfig {
  const warnings: string[] = [];
  for (const key of Object.keys(config)) {
    if (!knownKeys.has(key)) warnings.push(`cloud-config key "${key}" is not supported by the lab: ignored`);
  }
  return {
    users: list(config.users).flatMap((user) => readUser(user, warnings)),
    sshAuthorizedKeys: strings(config.ssh_authorized_keys),
    hostKey: readHostKey(config.ssh_keys, warnings),
    disableRoot: config.disable_root === true,
    hostname: text(config.hostname),
    timezone: text(config.timezone),
    files: list(config.write_files).flatMap((file) => readFileEntry(file, warnings)),
    packageUpdate: config.package_update === true,
    packages: strings(config.packages).filter((name) => isPackageName(name, warnings)),
    commands: list(config.runcmd).flatMap((command) => readCommand(command, warnings)),
    script: undefined,
    warnings,
  };
}

function readUser(value: unknown, warnings: string[]): readonly CloudUser[] {
  if (value === 'default') return [];
  const user = typeof value === 'string' ? { name: value } : value;
  const name = isFields(user) ? text(user.name) : undefined;
  if (!isFields(user) || name === undefined || !/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) {
    warnings.push('an entry of "users" has no valid name: ignored');
    return [];
  }
  const groups = text(user.groups)?.split(',') ?? strings(user.groups);
  const sudo = text(user.sudo);
  return [
    {
      name,
      gecos: text(user.gecos),
      shell: text(user.shell),
      home: text(user.homedir),
      groups: groups.map((group) => group.trim()).filter((group) => group !== ''),
      sudo: sudo === undefined ? strings(user.sudo) : [sudo],
      sshAuthorizedKeys: strings(user.ssh_authorized_keys),
      lockPassword: user.lock_passwd !== false,
      passwordHash: text(user.passwd),
      system: user.system === true,
    },
  ];
}

function readHostKey(value: unknown, warnings: string[]): HostKey | undefined {
  if (!isFields(value)) return undefined;
  for (const key of Object.keys(value)) {
    if (!key.startsWith('ed25519_')) warnings.push(`ssh_keys.${key} is not supported by the lab: ignored`);
  }
  const privateKey = text(value.ed25519_private);
  const publicKey = text(value.ed25519_public);
  return privateKey === undefined || publicKey === undefined ? undefined : { privateKey, publicKey };
}

function readFileEntry(value: unknown, warnings: string[]): readonly CloudFile[] {
  const path = isFields(value) ? text(value.path) : undefined;
  if (!isFields(value) || path?.startsWith('/') !== true || path.includes('\0')) {
    warnings.push('an entry of "write_files" has no absolute path: ignored');
    return [];
  }
  const encoding = text(value.encoding) ?? 'text/plain';
  const content = text(value.content) ?? '';
  const isBase64 = encoding === 'b64' || encoding === 'base64';
  if (!isBase64 && encoding !== 'text/plain') {
    warnings.push(`write_files: encoding "${encoding}" of ${path} is not supported by the lab: ignored`);
    return [];
  }
  const permissions = value.permissions;
  const digits = typeof permissions === 'number' ? permissions.toString(8) : (text(permissions) ?? '0644');
  return [
    {
      path,
      contentBase64: isBase64 ? content : Buffer.from(content).toString('base64'),
      permissions: /^0?o?[0-7]{3,4}$/.test(digits) ? digits.replace('o', '') : '0644',
      owner: text(value.owner) ?? 'root:root',
      append: value.append === true,
    },
  ];
}

function readCommand(value: unknown, warnings: string[]): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value))
    return [value.map((word) => `'${String(word).replaceAll("'", "'\\''")}'`).join(' ')];
  warnings.push('an entry of "runcmd" is neither text nor a list: ignored');
  return [];
}

function isPackageName(name: string, warnings: string[]): boolean {
  const valid = /^[a-z0-9][a-z0-9+.-]+$/.test(name);
  if (!valid) warnings.push('an entry of "packages" is not a plain package name: ignored');
  return valid;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function strings(value: unknown): readonly string[] {
  return list(value).filter((item): item is string => typeof item === 'string');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
