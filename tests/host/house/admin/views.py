"""The host's own staff: a login of Flask-Login, a page for those who are signed in."""

from flask import Blueprint, Flask, redirect, render_template, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

blueprint = Blueprint("admin", __name__, url_prefix="/backoffice")


class Clerk(UserMixin):
    """Somebody of the host's staff."""

    def __init__(self, name: str) -> None:
        self.id = name


def set_up(app: Flask) -> None:
    manager = LoginManager(app)
    manager.login_view = "admin.login"
    manager.user_loader(Clerk)
    app.register_blueprint(blueprint)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    if request.method == "POST":
        login_user(Clerk(request.form["name"]))
        return redirect("/backoffice/")
    return render_template("login.html")


@blueprint.get("/logout")
def logout() -> Response:
    logout_user()
    return redirect("/")


@blueprint.get("/")
@login_required
def desk() -> str:
    return f"<h1>The desk of {current_user.id}</h1>"
