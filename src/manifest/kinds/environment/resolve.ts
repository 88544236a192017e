import type { BackupPolicyName, EnvironmentName, NodeName, SiteName } from '../../../fleet/brand.ts';
import type { Artifact, ArtifactCatalogue, ArtifactVersions } from '../../../fleet/config.ts';
import type { DesiredEnvironment, DesiredTls, EnvironmentSource } from '../../../fleet/desired.ts';
import { uidOf } from '../../../fleet/naming.ts';
import { defaultOwners } from '../../../fleet/setting-owners.ts';
import { ignoreWindows } from '../../checks/annotation-checks.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { textsAt } from '../../plain.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseDurationMs, parseSizeMib } from '../../resolve/units.ts';
import type { ResolveContext } from '../manifest-kind.ts';
import type { SiteSpec } from '../site/spec.ts';
import { mergeDefaults } from './merge-defaults.ts';
import { type RequestLimits, requestLimits } from './php-limits.ts';
import { resolveNginx } from './resolve-nginx.ts';
import type { EnvironmentSettings, EnvironmentSpec, PluginPin } from './spec.ts';

/** The checks ensure that every version has an artifact. Undefined when the site has no manifest. */
export function resolveEnvironment(
  document: ParsedDocument,
  { config, target }: ResolveContext,
): DesiredEnvironment | undefined {
  const siteDocument = target('site');
  if (siteDocument === undefined) return undefined;
  const site = specOf<SiteSpec>('Site', siteDocument);
  const spec = specOf<EnvironmentSpec>('Environment', document);
  const settings = mergeDefaults<EnvironmentSettings>(site.defaults ?? {}, settingsOf(spec));
  const limits = limitsOf(settings);
  return {
    name: metadataOf(document).name as EnvironmentName,
    ref: document.ref,
    uid: uidOf(config.fleet, document.ref),
    site: spec.site as SiteName,
    node: spec.node as NodeName,
    type: spec.type,
    state: settings.state ?? 'running',
    protected: settings.protected ?? false,
    deletionPolicy: settings.deletionPolicy ?? systemDefaults.deletionPolicy,
    title: site.title,
    adminEmail: site.adminEmail,
    adminUser: site.adminUser ?? `${metadataOf(siteDocument).name.slice(0, 54)}-admin`,
    domains: resolveDomains(spec),
    wordpress: resolveWordpress(settings, config.artifacts),
    php: {
      ...resolvePhp(settings, limits),
      allowedSettings: usedPermissions(settings, target('node')),
    },
    resources: {
      cpuWeight: settings.resources?.cpuWeight ?? systemDefaults.cpuWeight,
      memoryMib: parseSizeMib(settings.resources?.memory ?? '') ?? null,
    },
    cache: resolveCache(settings),
    access: {
      basicAuth: settings.access?.basicAuth || null,
      noindex: settings.access?.noindex ?? spec.type !== 'production',
    },
    nginx: resolveNginx(limits.body, settings.nginx),
    tls: resolveTls(site, spec),
    source: resolveSource(spec),
    scrub: settings.scrub ?? 'none',
    backups: { policy: (settings.backups?.policy || null) as BackupPolicyName | null },
    windowOverride: metadataOf(document).annotations?.[ignoreWindows] ?? null,
  };
}

/** The part of an environment that can have defaults of its site. */
function settingsOf(spec: EnvironmentSpec): EnvironmentSettings {
  const { site: _site, node: _node, type: _type, source: _source, domains: _domains, ...settings } = spec;
  return settings;
}

/** A reference to a secret is replaced as a whole, because a merged one would name two places. The checks ensure that `provided` has both. */
function resolveTls(site: SiteSpec, { tls: own = {} }: EnvironmentSpec): DesiredTls {
  const inherited = site.defaults?.tls ?? {};
  const { mode = 'off', email = site.adminEmail, hsts = false } = { ...inherited, ...own };
  const certificate = own.certificate ?? inherited.certificate;
  const privateKey = own.privateKey ?? inherited.privateKey;
  if (mode === 'acme') return { mode, email, hsts };
  if (mode === 'off' || certificate === undefined || privateKey === undefined) return { mode: 'off' };
  return { mode, certificate: secretRef(certificate), privateKey: secretRef(privateKey), hsts };
}

function resolveSource({ source = 'new' }: EnvironmentSpec): EnvironmentSource {
  if (source === 'new') return { kind: 'new' };
  return 'clone' in source
    ? { kind: 'clone', environment: source.clone as EnvironmentName }
    : { kind: 'backup', record: source.backup };
}

function resolveDomains({ domains = {} }: EnvironmentSpec): DesiredEnvironment['domains'] {
  return {
    primary: domains.primary ?? null,
    aliases: domains.aliases ?? [],
    redirects: (domains.redirects ?? []).map(({ from, to, status = 301 }) => ({ from, to, status })),
  };
}

function resolveWordpress(
  { wordpress = {} }: EnvironmentSettings,
  artifacts: ArtifactCatalogue,
): DesiredEnvironment['wordpress'] {
  const version = wordpress.version ?? '';
  return {
    version,
    locale: wordpress.locale ?? systemDefaults.locale,
    core: artifactOf(artifacts.wordpress, version),
    plugins: sortedEntries(wordpress.plugins).flatMap(([slug, pin]) => {
      const wanted = pinOf(pin);
      return wanted === undefined
        ? []
        : [{ slug, ...wanted, ...packageOf(artifacts.plugins, slug, wanted.version) }];
    }),
    themes: sortedEntries(wordpress.themes).flatMap(([slug, pin]) =>
      pin === false ? [] : [{ slug, version: pin, ...packageOf(artifacts.themes, slug, pin) }],
    ),
    activeTheme: wordpress.activeTheme ?? null,
    constants: wordpress.constants ?? {},
    manage: { ...defaultOwners, ...wordpress.manage },
  };
}

function pinOf(pin: PluginPin): { version: string; active: boolean } | undefined {
  if (pin === false) return undefined;
  return typeof pin === 'string'
    ? { version: pin, active: true }
    : { version: pin.version, active: pin.active ?? true };
}

function packageOf(
  bySlug: Readonly<Record<string, ArtifactVersions>>,
  slug: string,
  version: string,
): Artifact {
  return artifactOf((Object.hasOwn(bySlug, slug) ? bySlug[slug] : undefined) ?? {}, version);
}

function artifactOf(versions: ArtifactVersions, version: string): Artifact {
  const artifact = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (artifact === undefined) throw new TypeError(`no artifact of version ${version}`);
  return artifact;
}

/** The order in the manifest has no meaning, so it must not change a digest. */
function sortedEntries<T>(record: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function resolveCache({ cache = {} }: EnvironmentSettings): DesiredEnvironment['cache'] {
  const object = cache.object ?? systemDefaults.objectCache;
  if (object === 'none') return { object, memoryMib: null };
  return { object, memoryMib: parseSizeMib(cache.memory ?? systemDefaults.objectCacheMemory) ?? null };
}

function limitsOf({ php = {}, nginx = {} }: EnvironmentSettings): RequestLimits {
  const given = (name: string) => (php.ini?.[name] === undefined ? undefined : String(php.ini[name]));
  return requestLimits({
    memoryLimit: php.memoryLimit ?? systemDefaults.memoryLimit,
    upload: given('upload_max_filesize'),
    post: given('post_max_size'),
    body: nginx.clientMaxBodySize,
  });
}

/** The names that this environment has, so that a permission for another one changes nothing here. */
function usedPermissions(
  { php = {}, wordpress = {} }: EnvironmentSettings,
  node: ParsedDocument | undefined,
): readonly string[] {
  const allowed = textsAt(node?.value, 'spec', 'php', 'allowSettings').map(([, name]) => name);
  const used = new Set([...Object.keys(php.ini ?? {}), ...Object.keys(wordpress.constants ?? {})]);
  return allowed.filter((name) => used.has(name)).sort();
}

function resolvePhp({ php = {} }: EnvironmentSettings, { upload, post }: RequestLimits) {
  const ini = {
    upload_max_filesize: upload,
    post_max_size: post,
    max_input_vars: systemDefaults.maxInputVars,
    ...php.ini,
  };
  const pool = { ...systemDefaults.pool, ...php.pool };
  return {
    version: php.version ?? systemDefaults.phpVersion,
    memoryLimit: php.memoryLimit ?? systemDefaults.memoryLimit,
    ini: Object.fromEntries(
      sortedEntries<string | number | boolean>(ini).map(([key, value]) => [key, iniValue(value)]),
    ),
    pool: {
      pm: pool.pm,
      maxChildren: pool.maxChildren,
      maxRequests: pool.maxRequests,
      idleTimeoutSeconds: seconds(pool.idleTimeout),
      requestTerminateTimeoutSeconds: seconds(pool.requestTerminateTimeout),
    },
  };
}

/** PHP writes true and false as 1 and 0. */
function iniValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function seconds(duration: string): number {
  return (parseDurationMs(duration) ?? 0) / 1000;
}
