import type { Json } from '../../../src/fleet/digest.ts';

export type Fields = Readonly<Record<string, Json>>;

/** `/etc/pressluft/node.json` */
export interface NodeRecord {
  readonly v: 1;
  readonly name: Json;
  readonly uid: Json;
  readonly fleet: Json;
  readonly digest: Json;
  readonly spec: Json;
  readonly versions: { readonly wpCli: Json; readonly php: readonly string[] };
  readonly appliedAt: string;
}

/** `/etc/pressluft/environments/<name>.json`; a retained one that was never complete has only the first members. */
export interface EnvironmentRecord {
  readonly v: 1;
  readonly name: string;
  readonly uid: string;
  readonly digest: string;
  readonly state?: string;
  readonly retained?: true;
  readonly host?: Json;
  readonly spec?: Fields;
  readonly managedFiles?: Readonly<Record<string, string>>;
  readonly versions?: Json;
  readonly appliedAt?: string;
}

/** A complete document root. */
export interface Release {
  readonly id: string;
  readonly wordpress: string;
  readonly plugins: Readonly<Record<string, string>>;
  readonly themes: Readonly<Record<string, string>>;
}

/** The content of a WordPress database. `dataId` identifies the data: it is lost with the database, and a new installation has another. */
export interface Installation {
  readonly dataId: string;
  readonly desired: string;
  readonly siteUrl: string;
  /** Core version of the tables. */
  readonly core: string;
  readonly activePlugins: readonly string[];
  readonly theme: string | null;
  readonly title: string;
  readonly adminEmail: string;
  readonly locale: string;
  /** What visitors get on the front page; `private` answers 404 although WordPress works. */
  readonly page: SitePage;
  /** Posts that people have written since the installation. */
  readonly posts: number;
}

export type SitePage = 'ok' | 'empty' | 'fatal' | 'private';

export interface Host {
  readonly state: string;
  readonly php: string;
}

/** Host names of an environment. */
export interface SiteHosts {
  readonly preview: string;
  readonly written: readonly string[];
}

/** Everything on a node under the name of one environment, complete or in part. */
export interface Slot {
  readonly name: string;
  /** Uid in the secrets file. */
  claim: string | null;
  /** Home directory of the unix user; null while there is none. */
  userHome: string | null;
  /** Version of the secrets; files and users with an earlier version are wrong. */
  secrets: number;
  /** `/srv/pressluft/<name>` */
  directories: boolean;
  /** Identifies the uploads in it; new directories have others. */
  uploads: string | null;
  readonly releases: Map<string, Release>;
  live: string | null;
  database: boolean;
  /** Whether the user has the password of the current secrets. */
  databaseUser: 'none' | 'stale' | 'current';
  /** Connections that its socket to the database lets through; null while there is no socket. */
  databaseSocket: number | null;
  /** Limits of its cache server; null while there is none. */
  cache: string | null;
  installation: Installation | null;
  /** Files of the live release that are not as in their artifact. */
  readonly damaged: Set<string>;
  /** Managed files by path, as their SHA-256; also those of WordPress's configuration. */
  readonly files: Map<string, string>;
  /** Whether its PHP answers on its socket. */
  php: boolean;
  /** Host names in each version of the host file, by its SHA-256. */
  readonly hosts: Map<string, SiteHosts>;
  /** The host file, and the version that nginx has loaded. */
  host: Host | null;
  served: Host | null;
  record: EnvironmentRecord | null;
}

/** A simulated server. Its disk survives everything except its deletion. */
export interface SimMachine {
  readonly ipv4: string;
  readonly hostname: string;
  readonly machineId: string;
  readonly port: number;
  /** `type base64` of the host key that it answers with. */
  hostKey: string;
  readonly users: Map<string, { readonly keys: Set<string>; readonly sudo: boolean }>;
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  destroyed: boolean;
  power: 'on' | 'off';
  networkCut: boolean;
  /** SSH answers from this time. */
  upAtMs: number;
  /** Users and keys of the user data exist from this time. */
  loginAtMs: number;
  /** Null on a machine without cloud-init. */
  cloudInit: { readonly doneAtMs: number; readonly exitCode: number } | null;
  /** Number of boots: work from before the last boot has ended. */
  boots: number;
  diskFull: boolean;
  /** Independently failing checks, by code. */
  readonly notReady: Map<string, string>;
  /** Input by which each task of provisioning was last applied. */
  readonly applied: Map<string, string>;
  /** Input by which each service was loaded last. */
  readonly loaded: Map<string, string>;
  readonly services: Map<string, 'active' | 'inactive' | 'failed'>;
  readonly phpVersions: Set<string>;
  record: NodeRecord | null;
  readonly slots: Map<string, Slot>;
  /** Extracted artifacts by their checksum. */
  readonly trees: Set<string>;
  /** Services with a pending reload. */
  readonly owed: Set<string>;
  /** Holder of the node's lock; released by a restart. */
  lock: { readonly run: number } | null;
  /** Changes the answers of a compromised node. */
  lies: ((answer: string) => string) | null;
}

export function emptySlot(name: string): Slot {
  return {
    name,
    claim: null,
    userHome: null,
    secrets: 0,
    directories: false,
    uploads: null,
    releases: new Map(),
    live: null,
    database: false,
    databaseUser: 'none',
    databaseSocket: null,
    cache: null,
    installation: null,
    damaged: new Set(),
    files: new Map(),
    php: false,
    hosts: new Map(),
    host: null,
    served: null,
    record: null,
  };
}

/** The uid that claimed a name on a node; see `ownership.claimed_uid`. */
export function claimedUid(slot: Slot | undefined): string | null {
  return slot?.record?.uid ?? slot?.claim ?? null;
}

/** Whether nothing of it remains. */
export function isVacant(slot: Slot): boolean {
  return (
    slot.claim === null &&
    slot.record === null &&
    !slot.directories &&
    slot.userHome === null &&
    !slot.database &&
    slot.databaseUser === 'none' &&
    slot.databaseSocket === null &&
    slot.cache === null &&
    slot.files.size === 0
  );
}
