"""deploy, destroy and budget: the API in an AWS account."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.deploying import deployment, destruction, packaging
from workbench.deploying.account import EDGE_REGION, sign_in
from workbench.deploying.changes import Change
from workbench.deploying.deployment import Talk, Wanted
from workbench.deploying.packages import SHORTEST
from workbench.deploying.stacks import Stack
from workbench.deploying.stages import stage_of
from workbench.templates import INFRA, read_template
from workbench.terminal import MISUSED, Refused, out

StageName = Annotated[str, typer.Option("--stage", envvar="ARTICLE33_STAGE", help="The deployment's name, such as prod or dev.")]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", help="Where a new stage is to stand (default: as AWS is configured here). Later it is known.", show_default=False
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking, also where something is replaced or deleted.")]


def deploy(
    stage: StageName = "prod",
    region: Region = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting, such as AlarmEmail=ops@example.org; may stand several times.",
            show_default=False,
        ),
    ] = None,
    package: Annotated[
        str,
        typer.Option(
            "--package",
            metavar="FILE|SHA256",
            help="A package that is there, or the first digits of one deployed before (default: build it).",
            show_default=False,
        ),
    ] = "",
    new_secret: Annotated[bool, typer.Option("--new-secret", help="Have the edge prove itself by a new secret.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Bring a stage in the AWS account to this checkout: the same command for the first time and for every later one.

    Settings keep their value until they are set again; infra/template.yaml and infra/edge.yaml say what there is. Exits 1 where it was
    rolled back, with the reason of the first resource that failed. Safe to repeat.
    """
    settings = dict(_setting(text) for text in set_ or [])
    deployment.check_settings(settings)
    place = stage_of(stage, region)
    out().print(f"Stage {stage}, account {place.account.id}, {place.account.region}.", highlight=False)
    wanted = Wanted(_package(package), settings, new_secret)
    if dry_run:
        deployment.rehearse(place, wanted, _talk(yes=yes))
        out().print("A dry run: nothing was changed.", highlight=False)
        return
    described, found = deployment.deploy(place, wanted, _talk(yes=yes))
    if found.release is None:
        out().print(f"Nothing is published there yet: article33 publish --stage {stage}", highlight=False)
    else:
        out().print(f"It answers as it must, at release {found.release}.", highlight=False)
    out().print(described.outputs["Url"], highlight=False)


def destroy(
    stage: Annotated[str, typer.Option("--stage", help="The deployment's name.", show_default=False)],
    region: Region = None,
    and_record: Annotated[
        str,
        typer.Option(
            "--and-record", metavar="TABLE", help="Delete the record too, for ever: name its table to say so.", show_default=False
        ),
    ] = "",
    yes: Yes = False,
) -> None:
    """Take a stage down. Its table stays, with the whole record, unless you name it as well. Safe to repeat."""
    place = stage_of(stage, region)
    described = place.stack.described()
    table = destruction.table_of(described) if described else and_record
    if and_record and and_record != table:
        raise Refused(f"stage {stage} has its record in {table}, not in {and_record}; nothing was deleted", MISUSED)
    if described is None and place.edge.described() is None and not and_record:
        raise Refused(f"there is no stage {stage} in {place.account.region} of account {place.account.id}")
    loss = f"stage {stage}{f' and for ever its record, {table}' if and_record else ''}"
    if not yes and not _typed(f"This deletes {loss}. Type {stage} to go on", stage):
        raise Refused("nothing was deleted")
    destruction.destroy(place, _progress)
    if and_record:
        destruction.delete_record(place, and_record)
    out().print(f"Stage {stage} is gone.", highlight=False)
    if and_record:
        out().print(f"Its record, {table}, is gone too.", highlight=False)
    elif table:
        again = f"article33 destroy --stage {stage} --region {place.account.region} --and-record {table}"
        out().print(f"Its record is kept in the table {table}. `{again}` deletes it.", highlight=False)
        export = f"article33 export --table {table} --to DIR"
        out().print(f"A new stage takes it over: `{export}`, then `article33 restore DIR`.", highlight=False)


def budget(
    email: Annotated[str, typer.Option("--email", help="Who is written to.", show_default=False)],
    limit: Annotated[int, typer.Option("--limit", help="What a month may cost, in USD.", min=1)] = 25,
) -> None:
    """Set what a month may cost: who is named is written to at half of it, at all of it, and when it is foreseen to be too little."""
    stack = Stack(sign_in(EDGE_REGION), "article33-budget")
    prepared = stack.prepare(read_template(INFRA / "budget.yaml"), {"Limit": str(limit), "Email": email}, {"project": "article33"})
    if prepared is None:
        out().print("The budget is as it should be.", highlight=False)
        return
    _show(stack.name, prepared.changes)
    stack.execute(prepared, _progress)
    out().print(f"A month may cost {limit} USD; {email} is told before it costs more.", highlight=False)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Refused(f"{text!r} is no setting: write NAME=VALUE", MISUSED)
    return name, value


def _package(named: str) -> Path | str:
    if not named:
        try:
            return packaging.build(Path("dist/article33.zip")).path
        except Refused as refused:
            raise Refused(
                f"{refused}. `article33 package` takes options for that; deploy what it builds with --package", refused.code
            ) from refused
    if Path(named).is_file():
        return Path(named)
    if len(named) >= SHORTEST and not set(named) - set("0123456789abcdef"):
        return named
    raise Refused(f"--package: there is no file {named}, and it does not look like the start of a SHA-256", MISUSED)


def _talk(*, yes: bool) -> Talk:
    def consent(what: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise Refused(f"{what}: say --yes to agree, or --dry-run to see it first", MISUSED)
        return typer.confirm(f"{what}?")

    return Talk(lambda text: out().print(f"{text}.", highlight=False, markup=False), _show, consent, _progress)


def _show(stack: str, changes: Sequence[Change]) -> None:
    if not changes:
        out().print(f"{stack}: nothing to change.", highlight=False)
        return
    out().print(f"{stack}:", highlight=False)
    for change in changes:
        style, mark = ("bold red", "!") if change.needs_consent else ("dim", " ")
        out().print(f"  [{style}]{mark} {escape(str(change))}[/]", highlight=False)


def _progress(resource: str, what: str) -> None:
    out().print(f"  {escape(resource)}: {escape(what)}", highlight=False)


def _typed(question: str, answer: str) -> bool:
    if not sys.stdin.isatty():
        raise Refused("say --yes to do it without being asked", MISUSED)
    return bool(typer.prompt(question) == answer)
