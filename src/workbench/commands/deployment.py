"""deploy, destroy and budget: run the API in an AWS account."""

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
from workbench.deploying.stages import Stage, no_stage, stage_of
from workbench.templates import INFRA, read_template
from workbench.terminal import MISUSED, Refused, out

StageName = Annotated[str, typer.Option("--stage", envvar="ARTICLE33_STAGE", help="The stage's name, such as prod or dev.")]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", help="The AWS region (default: the stage's; for a new stage, that of your AWS configuration).", show_default=False
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation, even if something is replaced or deleted.")]


def deploy(
    stage: StageName = "prod",
    region: Region = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting, such as AlarmEmail=ops@example.org. Can be repeated.",
            show_default=False,
        ),
    ] = None,
    package: Annotated[
        str,
        typer.Option(
            "--package",
            metavar="FILE|SHA256",
            help="A package file, or the first digits of the SHA-256 of a package deployed before (default: build one).",
            show_default=False,
        ),
    ] = "",
    new_secret: Annotated[bool, typer.Option("--new-secret", help="Create a new secret for CloudFront to send to the function.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change. Changes nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Deploy this checkout to a stage in your AWS account: creates the stage or updates it. Safe to repeat.

    A setting keeps its value until you set it again. The settings are listed in infra/template.yaml and infra/edge.yaml.

    Exits 1 if the deployment was rolled back, and names the first resource that failed and why.
    """
    settings = dict(_setting(text) for text in set_ or [])
    deployment.check_settings(settings)
    place = stage_of(stage, region)
    out().print(f"Stage {stage}, account {place.account.id}, {place.account.region}.", highlight=False)
    wanted = Wanted(_package(package), settings, new_secret)
    if dry_run:
        deployment.rehearse(place, wanted, _talk(yes=yes))
        if place.stack.described() is None:
            _show_kept(place)
        out().print("Dry run: nothing was changed.", highlight=False)
        return
    described, found = deployment.deploy(place, wanted, _talk(yes=yes))
    if found.release is None:
        _show_kept(place)
        out().print(f"Deployed. Nothing is published yet; next: article33 publish --stage {stage} --first -m MESSAGE", highlight=False)
    else:
        out().print(f"Deployed. The smoke test passed, at release {found.release}.", highlight=False)
    out().print(described.outputs["Url"], highlight=False)


def destroy(
    stage: Annotated[str, typer.Option("--stage", help="The stage's name.", show_default=False)],
    region: Region = None,
    and_record: Annotated[
        str,
        typer.Option(
            "--and-record",
            metavar="TABLE",
            help="Also delete the record, forever. Takes the name of its table as confirmation.",
            show_default=False,
        ),
    ] = "",
    yes: Yes = False,
) -> None:
    """Delete a stage. Keeps the table with the record unless you pass --and-record. Safe to repeat."""
    place = stage_of(stage, region)
    described = place.stack.described()
    table = destruction.table_of(described) if described else and_record
    if and_record and and_record != table:
        raise Refused(f"stage {stage} has its record in {table}, not in {and_record}; nothing was deleted", MISUSED)
    if described is None and place.edge.described() is None and not and_record:
        raise Refused(no_stage(stage, place.account))
    loss = f"stage {stage}{f' and, forever, its record in {table}' if and_record else ''}"
    if not yes and not _typed(f"This deletes {loss}. Type {stage} to continue", stage):
        raise Refused("nothing was deleted")
    destruction.destroy(place, _progress)
    if and_record:
        destruction.delete_record(place, and_record)
    out().print(f"Stage {stage} was deleted.", highlight=False)
    if and_record:
        out().print(f"Its record in {table} was deleted too.", highlight=False)
    elif table:
        again = f"article33 destroy --stage {stage} --region {place.account.region} --and-record {table}"
        out().print(f"Its record is kept in the table {table}. To delete it: `{again}`.", highlight=False)
        export = f"article33 export --table {table} --to DIR"
        out().print(f"To move it to a new stage: `{export}`, then `article33 restore DIR`.", highlight=False)


def budget(
    email: Annotated[str, typer.Option("--email", help="The e-mail address that gets the warnings.", show_default=False)],
    limit: Annotated[int, typer.Option("--limit", help="The budget for a month, in USD.", min=1)] = 25,
) -> None:
    """Set a monthly budget for the AWS account. Warns by e-mail at 50 %, at 100 %, and if the forecast exceeds the budget."""
    stack = Stack(sign_in(EDGE_REGION), "article33-budget")
    prepared = stack.prepare(read_template(INFRA / "budget.yaml"), {"Limit": str(limit), "Email": email}, {"project": "article33"})
    if prepared is None:
        out().print("The budget is already set.", highlight=False)
        return
    _show(stack.name, prepared.changes)
    stack.execute(prepared, _progress)
    out().print(f"The budget is {limit} USD a month; warnings go to {email}.", highlight=False)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Refused(f"{text!r} is not a setting; write NAME=VALUE", MISUSED)
    return name, value


def _package(named: str) -> Path | str:
    if not named:
        try:
            return packaging.build(Path("dist/article33.zip")).path
        except Refused as refused:
            raise Refused(
                f"{refused}. To build with other options, use `article33 package`, then deploy the file with --package", refused.code
            ) from refused
    if Path(named).is_file():
        return Path(named)
    if len(named) >= SHORTEST and not set(named) - set("0123456789abcdef"):
        return named
    raise Refused(
        f"--package: {named} is neither a file nor the start of a SHA-256 (at least {SHORTEST} lower-case hexadecimal digits)", MISUSED
    )


def _talk(*, yes: bool) -> Talk:
    def consent(what: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise Refused(f"{what}? Pass --yes to agree, or --dry-run to only show it", MISUSED)
        return typer.confirm(f"{what}?")

    return Talk(lambda text: out().print(f"{text}.", highlight=False, markup=False), _show, consent, _progress)


def _show_kept(place: Stage) -> None:
    """Name the tables that earlier deployments of the stage left. A new stage has an empty table, and would start a new history."""
    for table in destruction.kept_tables(place):
        export = f"AWS_DEFAULT_REGION={place.account.region} article33 export --table {table} --to DIR"
        restore = f"article33 restore DIR --stage {place.name}"
        out().print(
            f"[bold red]![/] An earlier deployment of stage {place.name} left its record in the table {table}. The new table is empty. "
            f"To go on with that record, before you publish: `{export}`, then `{restore}`.",
            highlight=False,
        )


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
        raise Refused("there is no terminal to ask for confirmation: pass --yes to go on without it", MISUSED)
    return bool(typer.prompt(question) == answer)
