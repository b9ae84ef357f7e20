"""Trains a captioning model into a network folder. A stopped run goes on where it was.

Examples:
  python -m tools.model.train scenes --folder build/model -o build/model/scenes-network
  python -m tools.model.train im2txt --pictures photos/ --captions captions.jsonl -o build/model/im2txt-network
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_scenes(commands)
    _add_im2txt(commands)
    options = parser.parse_args(arguments)
    options.run(options)


def _add_scenes(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "scenes", help="the small model, on generated scenes; makes them first where they are missing"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("build/model"), help="for scenes and features (default: %(default)s)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("build/model/scenes-network"),
        help="folder of the network (default: %(default)s)",
    )
    parser.add_argument("--scenes", type=int, default=32000, help="to train on (default: %(default)s)")
    parser.add_argument("--held-out", type=int, default=3000, help="to check with (default: %(default)s)")
    parser.add_argument("--cell-epochs", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--word-epochs", type=int, default=12, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.set_defaults(run=_train_scenes)


def _train_scenes(options: argparse.Namespace) -> None:
    from tools.model.scenes.__main__ import make
    from tools.model.train.build import train_network
    from tools.model.train.scenes import Plan

    make(options.folder, {"train": options.scenes, "held-out": options.held_out})
    plan = Plan(cell_epochs=options.cell_epochs, word_epochs=options.word_epochs, seed=options.seed)
    train_network(plan, options.folder, options.scenes, options.held_out, options.output)


def _add_im2txt(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("im2txt", help="the full-size model, on pictures with captions of your own")
    parser.add_argument("--pictures", type=Path, required=True, help="folder of JPEG or PNG pictures")
    parser.add_argument(
        "--captions", type=Path, required=True, help='JSON lines: {"picture": "name.jpg", "caption": "a dog …"}'
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="folder of the network; where one is, it is trained on"
    )
    parser.add_argument("--epochs", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--batch", type=int, default=32, help="(default: %(default)s)")
    parser.add_argument(
        "--rate", type=float, default=2.0, help="of gradient descent (default: %(default)s, as published)"
    )
    parser.add_argument(
        "--least-count", type=int, default=4, help="words seen less often are unknown (default: %(default)s)"
    )
    parser.add_argument("--encoder", action="store_true", help="train the encoder too, not only embedding and decoder")
    parser.add_argument("--size", type=int, help="side of the pictures (default: 299)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.set_defaults(run=_train_im2txt)


def _train_im2txt(options: argparse.Namespace) -> None:
    from tools.model.train.im2txt import Plan, read_pairs, train

    plan = Plan(options.epochs, options.batch, options.rate, options.least_count, options.encoder, options.seed)
    train(read_pairs(options.captions, options.pictures), plan, options.output, options.size)


if __name__ == "__main__":
    main()
