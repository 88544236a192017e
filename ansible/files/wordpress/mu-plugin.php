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
