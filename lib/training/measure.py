"""Variants of a model: trained for their figures, whose weights are not kept."""

from collections.abc import Sequence
from dataclasses import replace

from lib import paths
from lib.data import Dataset
from lib.evaluation import results
from lib.evaluation.publish import publish
from lib.models import initial
from lib.models.build import assemble
from lib.training.fit import complete_options, fit
from lib.training.history import published_key, recipe_key

FROM_DATA = {"features", "backbone", "sha256", "classes", "means", "variances"}
FROM_DATA |= {"vocabulary", "values"}  # what is no option of `build`, as it follows from the data


def measure(
    architecture: str,
    dataset: Dataset,
    *,
    name: str,
    title: str,
    notebook: str = "",
    seed: int = 0,
    build: dict | None = None,
    fit_options: dict | None = None,
    labelled: Dataset | None = None,
) -> results.Result:
    """Train a variant and return its figures; its answers are kept, its weights are not.

    They are in `models/<data set>/steps/<name>.json` and `.npz`. Where these, or those of a
    published model or of another variant, are of the same recipe, they are returned and nothing is
    trained, unless `RETRAIN=1` is set.

    Args:
        architecture: a name in `models.ARCHITECTURES`.
        dataset: trained on, validated and tested on, the test part once.
        name: stem of the files.
        title: what tables call the variant.
        notebook: stem of the notebook that asks.
        seed: as for `models.build`.
        build: options of `models.build`.
        fit_options: options of `training.fit`.
        labelled: the data set with fewer labels that is trained on, as `data.subset` draws it, or
            with a teacher's answers, from `data.taught`; the vocabulary and the word vectors are
            still made from all the texts of `dataset`.

    Raises:
        ValueError: NB-SVM with fewer labels, as its vocabulary is chosen by them.
    """
    if labelled and architecture == "nbsvm":
        raise ValueError(
            "NB-SVM's vocabulary is chosen by labels: build it on fewer texts instead."
        )
    labelled = labelled or dataset
    model = assemble(architecture, dataset, seed=seed, labelled=labelled, **build or {})
    options = complete_options(model, fit_options or {})
    step, folder = f"steps/{name}", paths.models_dir(dataset.name)
    key = recipe_key(model, labelled, options)
    others = [*sorted(folder.glob("[!.]*.json")), *sorted((folder / "steps").glob("[!.]*.json"))]
    for stem in (step, *(str(path.relative_to(folder).with_suffix("")) for path in others)):
        if published_key(dataset.name, stem) == key:
            found = results.read(folder / f"{stem}.json")
            return replace(found, metrics=found.metrics | {"title": title})
    initial.set_weights(model, dataset, labelled=labelled)
    history = fit(model, labelled, name=name, reuse=False, **options)
    about = {"name": step, "title": title, "notebook": notebook}
    if dataset.label_names != ("negative", "positive"):
        about["probes"] = ()  # its sentences are about sentiment
    publish(model, labelled, history, save=False, **about)
    return results.read(folder / f"{step}.json")


def recipe(run: results.Result) -> dict:
    """Return a published run's recipe: `architecture`, `build` and `fit_options`, for `measure`.

    Options that follow from the data are left out.
    """
    m = run.metrics
    build = m["model"]["options"] | m["text"]
    return {
        "architecture": m["model"]["architecture"],
        "build": {k: v for k, v in build.items() if k not in FROM_DATA},
        "fit_options": m["training"]["options"],
    }


def repeat(
    dataset: Dataset, name: str, *, seeds: Sequence[int] = (1, 2), taught: Dataset | None = None
) -> list[results.Result]:
    """Measure a published recipe from other seeds, as `<name>-seed<seed>` where it isn't yet.

    Nothing is chosen by what comes out: published is the seed that was fixed before, whatever its
    rank.

    Args:
        dataset: that of the published run.
        name: its stem.
        seeds: those besides the published one.
        taught: the data set with a teacher's answers, if the published run was trained on these.

    Returns:
        The published run and its repeats.

    Raises:
        ValueError: there is no such run, or it was trained on something else.
    """
    published = results.read(paths.models_dir(dataset.name) / f"{name}.json")
    m = published.metrics
    if m["data"]["fingerprint"] != (taught or dataset).fingerprint:
        raise ValueError(f"{dataset.name}/{name} was trained on other texts or other targets.")
    return [published] + [
        measure(
            dataset=dataset,
            name=f"{name}-seed{seed}",
            title=m["title"],
            notebook=m["notebook"],
            seed=seed,
            labelled=taught,
            **recipe(published),
        )
        for seed in seeds
    ]
