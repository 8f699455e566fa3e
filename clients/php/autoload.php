<?php

error_reporting(E_ALL & ~E_DEPRECATED);

require 'GuzzleHttp/autoload.php';

spl_autoload_register(function (string $class): void {
    foreach (['TinyFishSession\\' => 'session', 'TinyFish\\' => 'client'] as $prefix => $folder) {
        if (str_starts_with($class, $prefix)) {
            require getenv('OUT') . "/$folder/lib/" . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
            return;
        }
    }
});
