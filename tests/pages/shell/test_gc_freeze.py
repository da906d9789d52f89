"""What is loaded stays out of garbage collection, and collection goes on for all else. Each test has a process of its own."""

from tests.lrp.test_imports import run

PREPARE = """
    import gc, sys
    from types import ModuleType
    from pages.parts.shell.gc_freeze import frozen_imports
"""


def test_nothing_is_collected_during_the_first_import_and_what_it_made_is_frozen() -> None:
    said = run(f"""{PREPARE}
    with frozen_imports():
        print(gc.isenabled(), gc.get_freeze_count())
        import decimal
    print(gc.isenabled(), gc.get_freeze_count() > 1000, any(each is decimal.Decimal for each in gc.get_objects()))
    """)
    assert said.split() == ["False", "0", "True", "True", "False"]


def test_collection_goes_on_after_an_import_that_failed() -> None:
    said = run(f"""{PREPARE}
    try:
        with frozen_imports():
            import no_such_module
    except ModuleNotFoundError:
        print(gc.isenabled(), gc.get_freeze_count())
    """)
    assert said.split() == ["True", "0"]


def test_it_freezes_again_where_many_modules_were_loaded_since_and_not_before() -> None:
    said = run(f"""{PREPARE}
    def visit(modules):
        for i in range(modules):
            sys.modules[f"made {{len(sys.modules)}}"] = ModuleType("made")
        with frozen_imports():
            pass
        return gc.get_freeze_count()
    first, few, many = visit(0), visit(20), visit(200)
    print(few == first, many >= first + 200)
    """)
    assert said.split() == ["True", "True"]
