<?php
/**
 * Object cache in a Redis server that belongs to this environment alone. Managed by Pressluft.
 *
 * While the server cannot be reached, values are cached for one request only.
 */

if (!defined('ABSPATH')) {
	exit;
}

final class WP_Object_Cache {
	/** Lifetime in seconds of a value that was stored without one. */
	private const LONGEST = 86400;

	public int $cache_hits = 0;
	public int $cache_misses = 0;
	private array $local = [];
	private array $groups_kept_local = ['counts' => true, 'plugins' => true, 'theme_json' => true];
	private array $global_groups = [];
	private ?Redis $redis = null;
	private string $blog = '';

	public function __construct() {
		$this->blog = is_multisite() ? get_current_blog_id() . ':' : '';
		if (!class_exists('Redis') || !defined('WP_REDIS_PATH')) {
			return;
		}
		try {
			$redis = new Redis();
			$redis->connect(WP_REDIS_PATH, 0, 0.5, null, 0, 1.0);
			$redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
			$this->redis = $redis;
		} catch (RedisException) {
			$this->redis = null;
		}
	}

	public function get($key, $group = 'default', $force = false, &$found = null) {
		$id = $this->id($key, $group);
		if (!array_key_exists($id, $this->local) || ($force && $this->shared($group))) {
			$this->fetch([$id], $group);
		}
		$found = array_key_exists($id, $this->local) && $this->local[$id] !== null;
		$found ? $this->cache_hits++ : $this->cache_misses++;
		return $found ? $this->copy($this->local[$id][0]) : false;
	}

	public function get_multiple($keys, $group = 'default', $force = false): array {
		$ids = [];
		foreach ($keys as $key) {
			$id = $this->id($key, $group);
			if ($force || !array_key_exists($id, $this->local)) {
				$ids[] = $id;
			}
		}
		$this->fetch($ids, $group);
		$values = [];
		foreach ($keys as $key) {
			$values[$key] = $this->get($key, $group);
		}
		return $values;
	}

	public function set($key, $data, $group = 'default', $expire = 0): bool {
		$id = $this->id($key, $group);
		$this->local[$id] = [$this->copy($data)];
		if (!$this->shared($group)) {
			return true;
		}
		return $this->attempt(fn (Redis $redis) => $redis->setex($id, $this->ttl($expire), [$data])) !== false;
	}

	public function add($key, $data, $group = 'default', $expire = 0): bool {
		if (wp_suspend_cache_addition()) {
			return false;
		}
		$id = $this->id($key, $group);
		if (!$this->shared($group)) {
			return ($this->local[$id] ?? null) === null && $this->set($key, $data, $group, $expire);
		}
		if (($this->local[$id] ?? null) !== null) {
			return false;
		}
		$added = $this->attempt(fn (Redis $redis) => $redis->set($id, [$data], ['nx', 'ex' => $this->ttl($expire)]));
		if ($added === false && $this->redis !== null) {
			unset($this->local[$id]);
			return false;
		}
		$this->local[$id] = [$this->copy($data)];
		return true;
	}

	public function replace($key, $data, $group = 'default', $expire = 0): bool {
		$this->get($key, $group, true, $found);
		return $found && $this->set($key, $data, $group, $expire);
	}

	public function delete($key, $group = 'default'): bool {
		$id = $this->id($key, $group);
		$known = ($this->local[$id] ?? null) !== null;
		$this->local[$id] = null;
		$removed = $this->shared($group) ? $this->attempt(fn (Redis $redis) => $redis->unlink($id)) : 0;
		return $known || (int) $removed > 0;
	}

	public function increment($key, $offset, $group) {
		$value = $this->get($key, $group, true, $found);
		if (!$found) {
			return false;
		}
		$value = max(0, (is_numeric($value) ? (int) $value : 0) + (int) $offset);
		$this->set($key, $value, $group);
		return $value;
	}

	public function flush(): bool {
		$this->local = [];
		$this->attempt(static fn (Redis $redis) => $redis->flushDB());
		return true;
	}

	public function flush_runtime(): bool {
		$this->local = [];
		return true;
	}

	public function add_global_groups($groups): void {
		$this->global_groups += array_fill_keys((array) $groups, true);
	}

	public function add_non_persistent_groups($groups): void {
		$this->groups_kept_local += array_fill_keys((array) $groups, true);
	}

	public function switch_to_blog($blog_id): void {
		$this->blog = is_multisite() ? (int) $blog_id . ':' : '';
	}

	public function close(): bool {
		return true;
	}

	public function stats(): void {
		printf('<p>Hits: %d, misses: %d, Redis: %s</p>', $this->cache_hits, $this->cache_misses, $this->redis === null ? 'off' : 'on');
	}

	private function fetch(array $ids, $group): void {
		if ($ids === [] || !$this->shared($group)) {
			return;
		}
		$values = $this->attempt(fn (Redis $redis) => $redis->mget($ids));
		foreach ($ids as $index => $id) {
			$value = is_array($values) ? $values[$index] : false;
			$this->local[$id] = is_array($value) ? $value : null;
		}
	}

	private function shared($group): bool {
		return $this->redis !== null && !isset($this->groups_kept_local[$group ?: 'default']);
	}

	private function id($key, $group): string {
		$group = $group ?: 'default';
		return (isset($this->global_groups[$group]) ? '' : $this->blog) . $group . ':' . $key;
	}

	private function ttl($expire): int {
		$expire = (int) $expire;
		return $expire > 0 ? min($expire, 30 * self::LONGEST) : self::LONGEST;
	}

	private function copy($value) {
		return is_object($value) ? clone $value : $value;
	}

	private function attempt(callable $command) {
		if ($this->redis === null) {
			return false;
		}
		try {
			return $command($this->redis);
		} catch (RedisException) {
			$this->redis = null;
			return false;
		}
	}
}

function wp_cache_init() {
	$GLOBALS['wp_object_cache'] = new WP_Object_Cache();
}

function wp_cache_add($key, $data, $group = '', $expire = 0) {
	return $GLOBALS['wp_object_cache']->add($key, $data, $group, $expire);
}

function wp_cache_add_multiple(array $data, $group = '', $expire = 0) {
	return array_map(static fn ($key) => wp_cache_add($key, $data[$key], $group, $expire), array_combine(array_keys($data), array_keys($data)));
}

function wp_cache_replace($key, $data, $group = '', $expire = 0) {
	return $GLOBALS['wp_object_cache']->replace($key, $data, $group, $expire);
}

function wp_cache_set($key, $data, $group = '', $expire = 0) {
	return $GLOBALS['wp_object_cache']->set($key, $data, $group, $expire);
}

function wp_cache_set_multiple(array $data, $group = '', $expire = 0) {
	return array_map(static fn ($key) => wp_cache_set($key, $data[$key], $group, $expire), array_combine(array_keys($data), array_keys($data)));
}

function wp_cache_get($key, $group = '', $force = false, &$found = null) {
	return $GLOBALS['wp_object_cache']->get($key, $group, $force, $found);
}

function wp_cache_get_multiple($keys, $group = '', $force = false) {
	return $GLOBALS['wp_object_cache']->get_multiple($keys, $group, $force);
}

function wp_cache_delete($key, $group = '') {
	return $GLOBALS['wp_object_cache']->delete($key, $group);
}

function wp_cache_delete_multiple(array $keys, $group = '') {
	return array_combine($keys, array_map(static fn ($key) => wp_cache_delete($key, $group), $keys));
}

function wp_cache_incr($key, $offset = 1, $group = '') {
	return $GLOBALS['wp_object_cache']->increment($key, $offset, $group);
}

function wp_cache_decr($key, $offset = 1, $group = '') {
	return $GLOBALS['wp_object_cache']->increment($key, -$offset, $group);
}

function wp_cache_flush() {
	return $GLOBALS['wp_object_cache']->flush();
}

function wp_cache_flush_runtime() {
	return $GLOBALS['wp_object_cache']->flush_runtime();
}

function wp_cache_flush_group($group) {
	return false;
}

function wp_cache_supports($feature) {
	return in_array($feature, ['add_multiple', 'set_multiple', 'get_multiple', 'delete_multiple', 'flush_runtime'], true);
}

function wp_cache_close() {
	return $GLOBALS['wp_object_cache']->close();
}

function wp_cache_add_global_groups($groups) {
	$GLOBALS['wp_object_cache']->add_global_groups($groups);
}

function wp_cache_add_non_persistent_groups($groups) {
	$GLOBALS['wp_object_cache']->add_non_persistent_groups($groups);
}

function wp_cache_switch_to_blog($blog_id) {
	$GLOBALS['wp_object_cache']->switch_to_blog($blog_id);
}
