"""The model card of an exported model (Mitchell et al. 2019), from its metrics JSON."""

from lib.evaluation import results

LIMITS = {
    "imdb": "English film reviews of up to some thousand words. Whole reviews carry their verdict "
    "more than once; single sentences, irony and other subjects are harder than the figures say.",
    "newsgroups_technical_stripped": "Posts of five technical newsgroups of 1993, without headers, "
    "footers and quotations.",
    "newsgroups_stripped": "Posts of twenty newsgroups of 1993, without headers, footers and "
    "quotations.",
    "newsgroups": "Posts of twenty newsgroups of 1993. Headers give the group away: see the "
    "notebook for what is left without them.",
    "emotions": "Short English sentences that were labelled by their hashtags, not by readers.",
    "tweets": "English tweets of 2013 to 2017 on subjects of that time.",
    "churn": "The customers of one bank, in one table.",
}


def model_card(model, *, name: str, published: results.Result | None) -> str:
    """Return the card as Markdown with the head that model hubs read.

    Args:
        model: a `TextClassifier`.
        name: such as `imdb/gru`.
        published: its run; without one the card has no figures, and says so.
    """
    classes = ", ".join(f"`{label}`" for label in model.label_names)
    metrics = published.metrics if published else {}
    dataset = metrics.get("dataset", name.split("/")[0])
    lines = [
        "---",
        "language: en",
        "license: other",
        "library_name: onnx",
        "pipeline_tag: text-classification",
        "---",
        "",
        f"# {name or model.architecture}",
        "",
        f"A text classifier of the architecture `{model.architecture}` with "
        f"{model.count_params():,} weights. Classes: {classes}.",
        "",
        "## Files",
        "",
        "- `float32.onnx`, `int8.onnx`: the network, from ids to logits; in the second, tables and "
        "matrices have 8 bits a value.",
        "- `vectorizer.json`: from raw text to ids. `model.json`: all else that answers need.",
        "",
        "```python",
        "from lib.serve import Runtime",
        'Runtime("<this folder>").predict_proba(["A text."])',
        "```",
        "",
        "## Figures",
        "",
        *_figures(metrics),
        "",
        "## Limits",
        "",
        LIMITS.get(dataset, "Trained on texts of one kind; on others, measure first."),
        "The weights were made from these texts, whose terms hold for them too.",
        "",
    ]
    return "\n".join(lines)


def _figures(metrics: dict) -> list[str]:
    if not metrics:
        return ["None: this model has not been published with its figures."]
    test, data = metrics["test"], metrics["data"]
    low, high = test["accuracy_ci95"]
    synthetic = " **Synthetic data: these figures mean nothing.**" if metrics["synthetic"] else ""
    return [
        f"{metrics['title']}, trained on {data['n_train']:,} texts of {metrics['dataset']}, chosen "
        f"on {data['n_validation']:,} others.{synthetic} On the test part of {data['n_test']:,}:",
        "",
        "| accuracy | 95 % | precision | recall | F1 | log loss |",
        "|---|---|---|---|---|---|",
        f"| {test['accuracy']:.4f} | {low:.4f} to {high:.4f} | {test['precision']:.4f} "
        f"| {test['recall']:.4f} | {test['f1']:.4f} | {test['loss']:.4f} |",
    ]
