"""ECharts from the wheel: found by what its own index says, a clear error where it is not as we know it."""

import pytest

from huoshui.serve.report import bundle

INDEX = 'import{b as x,a as y}from"./index-AB.js";export{x as echarts,y as other};'
SIBLING = "var q=1,zK={init:2};export{q as a,zK as b};\n//# sourceMappingURL=index-AB.js.map"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel's folder with files of our choice."""
    bundle.echarts_module.cache_clear()
    monkeypatch.setattr(bundle, "_bundle_folder", lambda: tmp_path)
    yield lambda **files: [(tmp_path / f"{n.replace('_', '-')}.js").write_text(t) for n, t in files.items()]
    bundle.echarts_module.cache_clear()


def test_the_real_wheel_gives_a_module_that_names_itself():
    text = bundle.echarts_module()
    assert "globalThis.huoshuiECharts=" in text
    assert "sourceMappingURL" not in text
    assert "</script" not in text.lower()
    assert "import(" not in text


def test_the_tail_is_cut_and_the_name_followed(wheel):
    wheel(index=INDEX, index_AB=SIBLING)
    text = bundle.echarts_module()
    assert text.endswith("globalThis.huoshuiECharts=zK;\n")
    assert "export" not in text.removeprefix(bundle.NOTICE)


@pytest.mark.parametrize(
    ("index", "sibling"),
    [
        ("export{}", SIBLING),
        (INDEX, "var zK=1;"),
        (INDEX, "var zK=1;export{zK as c};"),
        (INDEX.replace("x as echarts", "x as charts"), SIBLING),
    ],
)
def test_a_wheel_of_another_shape_is_one_clear_error(wheel, index, sibling):
    wheel(index=index, index_AB=sibling)
    with pytest.raises(bundle.MissingBundle) as caught:
        bundle.echarts_module()
    assert "pip install --no-deps nicegui" in caught.value.say("zh")
    assert "pip install --no-deps nicegui" in caught.value.say("en")


def test_no_wheel_is_one_clear_error(monkeypatch):
    bundle.echarts_module.cache_clear()
    monkeypatch.setattr(bundle, "find_spec", lambda _: None)
    with pytest.raises(bundle.MissingBundle):
        bundle.echarts_module()
    bundle.echarts_module.cache_clear()
