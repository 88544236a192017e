type Tree = { readonly [key: string]: unknown };

/** One environment in the playbook's format, with `change` merged into it. */
export function environmentVariables(change: Tree): Tree {
  return merge(
    {
      name: 'acme-production',
      uid: 'uid-1',
      digest: `sha256:${'0'.repeat(64)}`,
      site: 'acme',
      type: 'production',
      state: 'running',
      unix_user: 'pl-acme',
      database: 'pl_acme',
      database_user: 'pl_acme',
      redis_user: 'pl-acme',
      redis_prefix: 'pl-acme:',
      title: 'Acme',
      admin_email: 'admin@acme.example',
      admin_user: 'admin',
      site_url: 'http://acme.example',
      hosts: {
        preview: 'acme-production.192-0-2-1.example',
        primary: 'acme.example',
        aliases: ['www.acme.example'],
        redirects: [],
      },
      php: { version: '8.2', memory_limit: '256M', ini: {}, pool: { pm: 'ondemand', max_children: 4 } },
      resources: { cpu_weight: 100, memory_mib: null },
      wordpress: {
        version: '7.1.1',
        locale: 'en_US',
        constants: {},
        plugins: [],
        themes: [],
        active_theme: null,
      },
      cache: { object: 'redis', memory_mib: 64 },
      access: { basic_auth: null, noindex: false },
      nginx: {
        max_body_bytes: 67_108_864,
        headers: {},
        allow: [],
        deny: [],
        xmlrpc: 'deny',
        lifetimes: {},
        locations: [],
        server_snippet: null,
      },
    },
    change,
  );
}

function merge(base: Tree, change: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key];
    merged[key] = isTree(before) && isTree(value) ? merge(before, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
