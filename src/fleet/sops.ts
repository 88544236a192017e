/** Metadata of a SOPS file that is readable without a key. */
export interface SopsFacts {
  /** Public age keys that can decrypt it, in the order of the file. */
  readonly recipients: readonly string[];
  /** Other key services that it names, e.g. `pgp` or `kms`. */
  readonly otherKeys: readonly string[];
  /** Split across key groups (Shamir): no single key decrypts it. */
  readonly keyGroups: boolean;
}

const otherKeyLists = ['pgp', 'kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'hckms'] as const;

/** Metadata of a parsed document; undefined when it has no `sops` metadata with a MAC, so is not a SOPS file. */
export function sopsFacts(document: unknown): SopsFacts | undefined {
  const metadata = isRecord(document) && Object.hasOwn(document, 'sops') ? document.sops : undefined;
  if (!isRecord(metadata) || typeof metadata.mac !== 'string') return undefined;
  const groups = listOf(metadata.key_groups);
  const keyed = groups.length === 0 ? [metadata] : groups;
  return {
    recipients: keyed.flatMap((group) => listOf(group.age)).flatMap(({ recipient }) => text(recipient)),
    otherKeys: otherKeyLists.filter((name) => keyed.some((group) => listOf(group[name]).length > 0)),
    keyGroups: groups.length > 0,
  };
}

const encrypted = /^ENC\[AES256_GCM,data:[^,]+,iv:[^,]+,tag:[^,]+,type:([a-z]+)\]$/;

/** Type of a value after decryption (`str`, `int`, `comment`, …); undefined when it is not encrypted. */
export function encryptedType(value: unknown): string | undefined {
  return typeof value === 'string' ? encrypted.exec(value)?.[1] : undefined;
}

/** A public age key, shortened for messages: post-quantum keys have 2000 characters. */
export function shortRecipient(recipient: string): string {
  return recipient.length <= 80 ? recipient : `${recipient.slice(0, 24)}…${recipient.slice(-8)}`;
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : [];
}
