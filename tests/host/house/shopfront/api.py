"""The host's own JSON API, with flask-smorest as it comes."""

from flask import Flask
from flask_smorest import Api, Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/shopfront-api")


@blueprint.get("/stock")
@blueprint.response(200)
def stock() -> dict[str, int]:
    return {"beans": 3}


def set_up(app: Flask) -> None:
    app.config.update(API_TITLE="Shopfront", API_VERSION="7", OPENAPI_VERSION="3.0.3")
    app.config.update(OPENAPI_URL_PREFIX="/shopfront-api", OPENAPI_JSON_PATH="openapi.json")
    Api(app).register_blueprint(blueprint)
