import { defaultOwners } from './setting-owners.ts';

type Members = Readonly<Record<string, unknown>>;

const taskOwners = {
  plugins: defaultOwners.plugins,
  theme: defaultOwners.theme,
  title: defaultOwners.title,
  admin_email: defaultOwners.adminEmail,
  locale: defaultOwners.locale,
};

/**
 * The part of a task that a converge of an existing environment applies. What the site owns is used at the installation only, so a
 * change of it is no change of the environment. So are the login of the administrator, and the locale: there are no language packs.
 * `owners` are those of the desired task; an older recorded task has none.
 */
export function appliedPart(task: object, owners: Members = ownersOf(task)): Members {
  const { title, admin_email, admin_user: _login, wordpress, ...rest } = task as Members;
  return {
    ...rest,
    ...(owners.title === 'git' ? { title } : {}),
    ...(owners.admin_email === 'git' ? { admin_email } : {}),
    ...(isMembers(wordpress) ? { wordpress: wordpressPart(wordpress, owners) } : {}),
  };
}

/** Who has the last word, by the names of a task. */
export function ownersOf(task: object): Members {
  const { wordpress } = task as Members;
  const manage = isMembers(wordpress) ? wordpress.manage : undefined;
  return { ...taskOwners, ...(isMembers(manage) ? manage : {}) };
}

function wordpressPart(
  { locale: _locale, active_theme, plugins, ...rest }: Members,
  owners: Members,
): Members {
  const isList = Array.isArray(plugins) && owners.plugins !== 'git';
  return {
    ...rest,
    plugins: isList ? plugins.map(withoutActive) : plugins,
    ...(owners.theme === 'git' ? { active_theme } : {}),
    manage: { ...taskOwners, ...(isMembers(rest.manage) ? rest.manage : {}) },
  };
}

function withoutActive(plugin: unknown): unknown {
  if (!isMembers(plugin)) return plugin;
  const { active: _active, ...rest } = plugin;
  return rest;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
