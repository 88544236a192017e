<?php
/**
 * Converges one WordPress to its desired state, in a single process, as the environment's own user.
 *
 * Standard input: one JSON object {mode: "install"|"configure", root, title, admin_user, admin_email, admin_password, locale,
 * site_url, plugins: {file: bool}, theme: string|null, themes: [slug], manage: {plugins|theme|title|admin_email|locale: "git"|"site"}, noindex,
 * desired}. What the site owns is written by the installation only. Standard output: as its last line one JSON object
 * {done: [..], error: {code, message}|null}.
 */

$wanted = json_decode((string) stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
$report = ['done' => [], 'error' => null];
$finished = false;

ob_start();
register_shutdown_function(static function () use (&$report, &$finished, $wanted): void {
	$printed = '';
	while (ob_get_level() > 0) {
		$printed = ob_get_contents() . $printed;
		if (!ob_end_clean()) {
			break;
		}
	}
	if (!$finished) {
		$last = error_get_last();
		$fatal = $last !== null && ($last['type'] & (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR)) !== 0;
		$place = $fatal && !str_starts_with($last['message'], 'Uncaught ') ? " in {$last['file']}:{$last['line']}" : '';
		// Only the first line: the error itself, without its stack trace.
		$cause = $fatal ? 'PHP Fatal error: ' . strtok($last['message'], "\n") . $place : null;
		$report['error'] ??= ['code' => 'wordpress_failed', 'message' => $cause ?? ended($printed)];
		if ($cause !== null && $report['error']['message'] !== $cause) {
			$report['error']['message'] .= ": $cause";
		}
	}
	if ($report['error'] !== null) {
		$secret = (string) $wanted['admin_password'];
		$report['error']['message'] = substr(str_replace($secret, '…', (string) $report['error']['message']), 0, 2000);
	}
	fwrite(STDOUT, "\n" . json_encode($report, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
	if (isset($cause)) {
		// Ends here: WordPress would print an error page and send an e-mail about it.
		exit(255);
	}
});

/** What ends WordPress without an error, such as a plugin without its licence, prints the reason as its last line. */
function ended(string $printed): string {
	$text = html_entity_decode(strip_tags(substr($printed, -16384)), ENT_QUOTES | ENT_HTML5);
	$lines = array_filter(array_map('trim', explode("\n", $text)), static fn (string $line): bool => $line !== '');
	return $lines === [] ? 'WordPress ended the process, and printed no reason' : 'WordPress ended the process: ' . substr(end($lines), 0, 500);
}

$url = parse_url($wanted['site_url']);
$_SERVER['HTTP_HOST'] = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
$_SERVER['SERVER_NAME'] = $url['host'];
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
$_SERVER['HTTPS'] = ($url['scheme'] ?? 'http') === 'https' ? 'on' : '';

if ($wanted['mode'] === 'restore') {
	// WordPress without plugins and theme: whatever broke the site must not prevent its repair.
	define('WP_INSTALLING', true);
}
if ($wanted['mode'] === 'install') {
	define('WP_INSTALLING', true);
	/** Prevents an e-mail with the password that Pressluft generated. */
	function wp_new_blog_notification() {
	}
}
define('WP_ADMIN', true);
require $wanted['root'] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

// The site may not be reachable yet, and converging needs no network.
add_filter('pre_http_request', static fn () => new WP_Error('pressluft', 'no requests while converging'));
add_filter('wp_mail', static fn (array $mail): array => ['to' => [], ...array_diff_key($mail, ['to' => 1])]);
add_filter('pre_wp_mail', '__return_false');

try {
	match ($wanted['mode']) {
		'install' => install($wanted, $report),
		'configure' => configure($wanted, $report),
		'restore' => restore($wanted['options'], $report),
	};
} catch (Throwable $error) {
	$message = get_class($error) . ': ' . $error->getMessage() . ' in ' . $error->getFile() . ':' . $error->getLine();
	// A plugin that throws while it is activated keeps the code of its activation.
	$known = $report['error'];
	$report['error'] = ['code' => $known['code'] ?? 'wordpress_failed', 'message' => isset($known) ? $known['message'] . ": $message" : $message];
}
$finished = true;

function install(array $wanted, array &$report): void {
	$result = wp_install(
		$wanted['title'],
		$wanted['admin_user'],
		$wanted['admin_email'],
		!$wanted['noindex'],
		'',
		wp_slash($wanted['admin_password']),
		$wanted['locale'] === 'en_US' ? '' : $wanted['locale']
	);
	if (is_wp_error($result)) {
		throw new RuntimeException($result->get_error_message());
	}
	$report['done'][] = 'installed';
	global $wp_rewrite;
	$wp_rewrite->init();
	$wp_rewrite->set_permalink_structure('/%postname%/');
	$wp_rewrite->flush_rules(false);
	if ($wanted['plugins'] === [] && $wanted['theme'] === null) {
		options($wanted, $report);
		remember($wanted);
	}
	wp_cache_flush();
}

function configure(array $wanted, array &$report): void {
	global $wp_db_version;
	// Somebody may have changed an option in the database, behind the object cache.
	wp_cache_delete_multiple(['alloptions', 'notoptions', 'active_plugins', 'stylesheet', 'template', 'db_version'], 'options');
	if ((int) get_option('db_version') !== (int) $wp_db_version) {
		wp_upgrade();
		$report['done'][] = 'database upgraded';
	}
	$before = json_decode((string) get_option('pressluft_state', ''), true);
	options($wanted, $report);
	plugins($wanted, $report, is_array($before) ? (array) ($before['plugins'] ?? array_keys($wanted['plugins'])) : []);
	theme($wanted, $report, !is_array($before));
	remember($wanted);
	wp_cache_flush();
}

/**
 * Writes options in their stored form, without the hooks of plugins and themes. Its standard input: {mode: "restore", root, site_url, admin_password,
 * options: {name: stored value, or null to delete it}}.
 */
function restore(array $options, array &$report): void {
	global $wpdb;
	foreach ($options as $name => $value) {
		$now = $wpdb->get_var($wpdb->prepare("SELECT option_value FROM $wpdb->options WHERE option_name = %s", $name));
		if ($now === $value) {
			continue;
		}
		match (true) {
			$value === null => $wpdb->delete($wpdb->options, ['option_name' => $name]),
			$now === null => $wpdb->insert($wpdb->options, ['option_name' => $name, 'option_value' => $value]),
			default => $wpdb->update($wpdb->options, ['option_value' => $value], ['option_name' => $name]),
		};
		$report['done'][] = "restored $name";
	}
	wp_cache_flush();
}

function options(array $wanted, array &$report): void {
	$options = ['siteurl' => $wanted['site_url'], 'home' => $wanted['site_url'], ...owned_options($wanted)];
	foreach ($options as $name => $value) {
		if (update_option($name, $value)) {
			$report['done'][] = $name;
		}
	}
	// WordPress keeps the former address, without an error, when it does not accept the new one.
	if (isset($options['admin_email']) && get_option('admin_email') !== $wanted['admin_email']) {
		throw new RuntimeException("WordPress does not accept {$wanted['admin_email']} as the address of the administrator");
	}
}

/** The options about which Git has the last word. */
function owned_options(array $wanted): array {
	$all = [
		'title' => ['blogname' => $wanted['title']],
		'admin_email' => ['admin_email' => $wanted['admin_email']],
		'locale' => ['WPLANG' => $wanted['locale'] === 'en_US' ? '' : $wanted['locale']],
	];
	$ours = array_filter($all, static fn (string $name): bool => $wanted['manage'][$name] === 'git', ARRAY_FILTER_USE_KEY);
	return array_merge([], ...array_values($ours));
}

/** With plugins of the site, only those whose code came or went are changed. `$known`: the plugins of the last converge. */
function plugins(array $wanted, array &$report, array $known): void {
	$ours = $wanted['manage']['plugins'] === 'git';
	$wanted = $wanted['plugins'];
	$active = array_filter((array) get_option('active_plugins', []), 'is_string');
	$keeps = static fn (string $file): bool => $ours ? $wanted[$file] ?? false : isset($wanted[$file]) || is_file(WP_PLUGIN_DIR . '/' . $file);
	$unwanted = array_values(array_filter($active, static fn (string $file): bool => !$keeps($file)));
	if ($unwanted !== []) {
		$present = array_values(array_filter($unwanted, static fn (string $file): bool => is_file(WP_PLUGIN_DIR . '/' . $file)));
		deactivate_plugins($present);
		update_option('active_plugins', array_values(array_diff((array) get_option('active_plugins', []), $unwanted)));
		array_push($report['done'], ...array_map(static fn (string $file): string => "deactivated $file", $unwanted));
	}
	foreach (array_keys(array_filter($wanted)) as $file) {
		if (is_plugin_active($file) || (!$ours && in_array($file, $known, true))) {
			continue;
		}
		$report['error'] = ['code' => 'plugin_activation_failed', 'message' => "$file did not survive its activation"];
		$result = activate_plugin($file);
		if (is_wp_error($result) && $result->get_error_code() !== 'unexpected_output') {
			$report['error']['message'] = "$file: " . $result->get_error_message();
			exit;
		}
		$report['error'] = null;
		$report['done'][] = "activated $file";
	}
}

/** A theme of the site stays, unless its code is gone: without it WordPress answers with empty pages. */
function theme(array $wanted, array &$report, bool $installed): void {
	$current = (string) get_option('stylesheet');
	$described = $wanted['theme'];
	if ($described !== null && ($installed || $wanted['manage']['theme'] === 'git')) {
		$target = $described;
	} else {
		$candidates = array_filter([$current, $described, ...$wanted['themes'], WP_DEFAULT_THEME], 'is_string');
		$target = first_usable($candidates) ?? throw new RuntimeException("theme $current is not installed, and no other one is");
	}
	if ($target === $current) {
		return;
	}
	if (!is_usable($target)) {
		throw new RuntimeException("theme $target is not installed, or its parent is not");
	}
	switch_theme($target);
	$report['done'][] = is_usable($current) ? "theme $target" : "theme $target, since the code of $current is gone";
}

function first_usable(array $themes): ?string {
	foreach ($themes as $theme) {
		if (is_usable($theme)) {
			return $theme;
		}
	}
	return null;
}

function is_usable(string $theme): bool {
	return $theme !== '' && wp_get_theme($theme)->errors() === false;
}

/** The desired values with their stored form: WordPress normalises values, so a direct comparison would always differ. */
function remember(array $wanted): void {
	global $wpdb;
	$stored = [];
	foreach (array_keys(owned_options($wanted)) as $name) {
		$stored[$name] = $wpdb->get_var($wpdb->prepare("SELECT option_value FROM $wpdb->options WHERE option_name = %s", $name));
	}
	$state = ['desired' => $wanted['desired'], 'stored' => $stored, 'plugins' => array_keys($wanted['plugins'])];
	update_option('pressluft_state', wp_json_encode($state), false);
}
