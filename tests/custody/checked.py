"""What tests of custody and of packing have in common: a claim that must hold, a command that must end so, a run of tests."""
import subprocess


class Failed(Exception):
    pass


def must(condition, what):
    if not condition:
        raise Failed(what)


def run_onus(onus, arguments, folder, env, status):
    """What the command said on both streams, if it ended with `status`."""
    done = subprocess.run([onus, *map(str, arguments)], cwd=folder, env=env, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, start_new_session=True, timeout=120)
    must(done.returncode == status, f"onus {' '.join(map(str, arguments))}: exit status {done.returncode} rather "
                                    f"than {status}\n{done.stdout}{done.stderr}")
    must(status == 0 or done.stderr, "a failure without a message")
    return done


def run_tests(tests, world, chosen=()):
    """Runs what is called test_… (of `chosen` only, if there are any); gives the exit status."""
    failed = 0
    for name, test in [(n, t) for n, t in tests.items() if n.startswith("test_")]:
        if chosen and name not in chosen:
            continue
        try:
            test(world)
        except Failed as failure:
            failed += 1
            print(f"{name}: {failure}")
    print(f"{failed} failed")
    return 1 if failed else 0
