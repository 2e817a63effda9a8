"""The picture of single people is made by a run, and nothing below the reports folder holds it."""

import base64

import numpy as np
from matplotlib.image import imread


def test_the_picture_is_below_the_internal_folder_and_in_no_released_file(finished):
    folder = finished.folder / "data/processed/internal"
    pictures = sorted(folder.iterdir())
    assert [picture.name for picture in pictures] == ["ao_paths.en.png", "ao_paths.nl.png"]
    released = [path for path in (finished.folder / "reports").rglob("*") if path.is_file()]
    assert len(released) > 50
    for picture in pictures:
        raw = picture.read_bytes()
        parts = [raw, base64.b64encode(raw)[:-8]]
        image = imread(picture)
        for path in released:
            content = path.read_bytes()
            assert not any(part in content for part in parts), path.name
            assert b"ao_paths" not in content, path.name
            if path.suffix == ".png":
                other = imread(path)
                assert other.shape != image.shape or np.abs(other - image).mean() > 0.01, path.name


def test_no_released_file_names_a_case(finished):
    ids = (finished.folder / "data/processed/derived/outcomes.csv").read_text(encoding="utf-8").splitlines()[1:]
    ids = {line.split(",")[0].encode() for line in ids}
    assert len(ids) > 200
    for path in (finished.folder / "reports").rglob("*"):
        if path.is_file() and path.suffix in (".csv", ".parquet", ".html", ".svg"):
            content = path.read_bytes()
            assert not any(name in content for name in ids), path.name
