"""Places, never more precise than is safe to publish."""

from pydantic import Field

from schemas.v1.shape import Shape
from schemas.v1.terms import Term
from schemas.v1.text import CountryCode, Text, Url


class Precision(Term):
    """How precisely a place is given, the coarsest first."""

    COUNTRY = "country", "a country"
    REGION = "region", "a province, an autonomous region, a border area, a body of water"
    CITY = "city", "a city, a town, a county"
    LOCALITY = "locality", "a village, a district of a city, a border crossing"
    FACILITY = "facility", "a building, a camp, a prison, a garrison"


class Coordinates(Shape):
    """A point on the globe (WGS 84)."""

    latitude: float = Field(ge=-90, le=90, description="Degrees north of the equator.", examples=[46.2044])
    longitude: float = Field(ge=-180, le=180, description="Degrees east of Greenwich.", examples=[6.1432])


class Place(Shape):
    """A place where something happened."""

    name: Text = Field(description="Its name, by language.", examples=[{"en": "Dongxing", "zh-Hans": "东兴市"}])
    country: CountryCode | None = Field(
        None, description="The country that it is in (ISO 3166-1 alpha-2); null if it is in none or in several.", examples=["CN"]
    )
    precision: Precision = Field(description="How precisely the place is given.", examples=["city"])
    same_as: list[Url] = Field(
        [], description="URLs that identify the same place elsewhere.", examples=[["https://www.wikidata.org/wiki/Q148"]]
    )
    coordinates: Coordinates | None = Field(
        None,
        description="A point, only if it can't endanger anybody; always null while the case is open or its outcome unknown.",
        examples=[{"latitude": 46.2044, "longitude": 6.1432}],
    )
