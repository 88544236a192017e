<?php
/**
 * Plugin Name: Pressluft
 * Description: Keeps WordPress in line with how Pressluft runs it. Managed: changes here are overwritten.
 */

if (!defined('ABSPATH')) {
	exit;
}

// Only nginx sets this parameter, and only for the node's own probe.
if (($_SERVER['PRESSLUFT_PROBE'] ?? '') === '1' && !headers_sent()) {
	header('X-Pressluft-WordPress: ' . $GLOBALS['wp_version']);
	// Nobody is told by e-mail about an error that only the node's own probe has met.
	add_filter('is_protected_endpoint', '__return_false', PHP_INT_MAX);
	// Buffered until the end of the page, so that a header can still report the error that ended it.
	ob_start();
	add_action('shutdown', static function (): void {
		$error = error_get_last();
		$fatal = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
		if ($error === null || ($error['type'] & $fatal) === 0) {
			return;
		}
		$first = strtok($error['message'], "\n");
		$place = str_starts_with($error['message'], 'Uncaught ') ? '' : " in {$error['file']}:{$error['line']}";
		$text = rawurlencode(substr('PHP Fatal error: ' . $first . $place, 0, 600));
		if (headers_sent()) {
			echo "\n<!-- pressluft-fatal: $text -->";
		} else {
			header("X-Pressluft-Fatal: $text");
		}
	}, PHP_INT_MIN);
	// The quick check of every pass: database, plugins and theme have loaded; the page is not rendered.
	if (($_SERVER['HTTP_X_PRESSLUFT_DEPTH'] ?? '') === 'quick') {
		add_action('after_setup_theme', static function (): void {
			header('Content-Type: text/plain');
			exit("ok\n");
		}, PHP_INT_MAX);
	}
}

if (defined('PRESSLUFT_NOINDEX') && PRESSLUFT_NOINDEX) {
	add_filter('pre_option_blog_public', '__return_zero');
}

// Code comes from Git, so update notices and checks would be misleading.
remove_action('init', 'wp_schedule_update_checks');
add_filter('site_status_tests', static function (array $tests): array {
	unset($tests['async']['background_updates'], $tests['direct']['plugin_theme_auto_updates'], $tests['direct']['update_temp_backup_writable']);
	return $tests;
});
