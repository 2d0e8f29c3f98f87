#!/usr/bin/env bash
# Makes a rented box ready to train with wantui, while nobody looks on.
#
# Give it to Vast.ai as the on-start script or PROVISIONING_SCRIPT, to RunPod in the start command, or run it by hand;
# README.md beside it has the settings. It returns at once: everything that takes time goes on in the background and
# writes to $WANTUI_WORKSPACE/.wantui/onstart.log. It may run at every boot, and twice at a time: what is done is not
# done again.
#
#   WANTUI_SOURCE     what is installed: a name on PyPI, git+https://..., a folder or a wheel   (wantui)
#   WANTUI_WORKSPACE  where trainer, dataset and output lie                       ($WORKSPACE or /workspace)
#   WANTUI_TASK       whose weights are loaded: t2v, i2v or all                                  (t2v)
#   WANTUI_ENV        wantui's own environment; it holds no torch                       (/opt/wantui)
#   WANTUI_APT        0: install no system package, whatever lacks                                 (1)
#   WANTUI_BOX_ROOT   stands for / in the places above and in /etc and /usr, for trying it out
#
# HF_TOKEN is used where it is set, and never printed.
set -euo pipefail

box="${WANTUI_BOX_ROOT:-}"
export WANTUI_SOURCE="${WANTUI_SOURCE:-wantui}"
task="${WANTUI_TASK:-t2v}"
is_root=$([ "$(id -u)" -eq 0 ] && echo yes || echo no)

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }

# The first of the folders given that can be written, made if need be.
writable() {
  local folder
  for folder in "$@"; do
    if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  echo "onstart: cannot write any of: $*; set WANTUI_WORKSPACE and WANTUI_ENV" >&2
  return 1
}

# What the trainer's libraries expect of the system, where the image lacks it: git, and what OpenCV is linked to.
system_packages() {
  local wanted=() libraries
  libraries=$(ldconfig -p 2>/dev/null || true)
  command -v git >/dev/null || wanted+=(git ca-certificates)
  [[ $libraries == *libGL.so.1* ]] || wanted+=(libgl1)
  [[ $libraries == *libgthread-2.0.so.0* ]] || wanted+=(libglib2.0-0)
  if [ ${#wanted[@]} -eq 0 ] || [ "${WANTUI_APT:-1}" = 0 ]; then
    return
  fi
  if [ "$is_root" = no ] || ! command -v apt-get >/dev/null; then
    say "the image lacks ${wanted[*]}; install them where the trainer's libraries miss them"
    return
  fi
  say "installs ${wanted[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${wanted[@]}"; }; then
    say "apt-get failed; going on without ${wanted[*]}"
  fi
}

# Prints the path of uv: the one that is there and not too old, else one from PyPI, else one from its own installer.
find_uv() {
  local tools="$environment/tools"
  if [[ $(uv venv --help 2>/dev/null) == *--clear* ]]; then # since 0.8
    command -v uv
    return
  fi
  if [ ! -x "$tools/bin/uv" ] && command -v python3 >/dev/null; then
    python3 -m pip install --quiet --disable-pip-version-check --target "$tools" uv >&2 || say "pip brings no uv" >&2
  fi
  if [ ! -x "$tools/bin/uv" ]; then
    command -v curl >/dev/null || { say "there is neither uv, nor pip, nor curl: install one of them" >&2; return 1; }
    curl -LsSf https://astral.sh/uv/install.sh | env UV_INSTALL_DIR="$tools/bin" UV_NO_MODIFY_PATH=1 sh >&2 || return 1
  fi
  printf '%s\n' "$tools/bin/uv"
}

# Installs wantui, unless the same source is installed and starts. An address may have a token in it: so it is no word
# of a command line, and only its digest is kept.
install_wantui() {
  local stamp="$environment/source.sha256" digest uv
  digest=$(printf '%s' "$WANTUI_SOURCE" | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && "$environment/venv/bin/wantui" --version >/dev/null 2>&1; then
    return
  fi
  say "installs wantui into $environment"
  uv=$(find_uv | tail -n 1)
  "$uv" venv --quiet --clear --python '>=3.11,<3.14' "$environment/venv"
  printf '%s\n' "$WANTUI_SOURCE" | "$uv" pip install --quiet --python "$environment/venv/bin/python" --requirements -
  "$environment/venv/bin/wantui" --version
  printf '%s\n' "$digest" >"$stamp"
}

# Everything that takes time; one at a time on this machine.
work() {
  exec 9>"$lock"
  if ! flock --nonblock 9; then
    say "another start is working on it"
    return
  fi
  trap '[ $? -eq 0 ] || say "not ready: the lines above say why; the next start goes on from there"' EXIT
  system_packages
  install_wantui
  cd "$workspace"
  # The supervisor that this starts must not inherit the lock.
  "$environment/venv/bin/wantui" setup --yes --task "$task" 9>&-
}

# A file that login shells read: wantui on the path, its workspace, and how far the setup is.
write_greeting() {
  local folder="$environment/login" temporary at bin told
  mkdir -p "$folder"
  ln -sfn "$environment/venv/bin/wantui" "$folder/wantui"
  at=$(printf '%q' "$workspace") bin=$(printf '%q' "$folder") told=$(printf '%q' "$log")
  temporary=$(mktemp "$folder/.greeting.XXXXXX")
  cat >"$temporary" <<END
[ -n "\${WANTUI_WORKSPACE:-}" ] || WANTUI_WORKSPACE=$at
export WANTUI_WORKSPACE
case ":\$PATH:" in
  *:$bin:*) ;;
  *) export PATH="\$PATH":$bin ;;
esac
case \$- in
  *i*)
    if [ -z "\${WANTUI_GREETED:-}" ]; then
      WANTUI_GREETED=yes
      tail -n 1 $told 2>/dev/null
      echo "type wantui: it opens the screen, in \$WANTUI_WORKSPACE"
    fi
    ;;
esac
END
  chmod 644 "$temporary"
  mv "$temporary" "$folder/greeting.sh"
  read_greeting "$folder/greeting.sh"
}

# Has shells read a file: all users' login shells where that can be said, and this user's other shells.
read_greeting() {
  local line="[ ! -r '$1' ] || . '$1'  # wantui" file
  if [ "$is_root" = yes ] && mkdir -p "$box/etc/profile.d"; then
    printf '%s\n' "$line" >"$box/etc/profile.d/wantui.sh"
  fi
  for file in "$HOME/.bashrc" "$HOME/.profile"; do
    grep -qsF "$line" "$file" || printf '\n%s\n' "$line" >>"$file"
  done
}

workspace=$(writable "${WANTUI_WORKSPACE:-${WORKSPACE:-$box/workspace}}" "$HOME/wantui")
environment=$(writable "${WANTUI_ENV:-$box/opt/wantui}" "$HOME/.local/share/wantui")
log="$workspace/.wantui/onstart.log"
# On a local disk, in the folder of wantui's own locks: a network disk may grant a lock to everybody.
locks="${WANTUI_RUNTIME_DIR:-/tmp/wantui-$(id -u)}"
(umask 077 && mkdir -p "$locks")
lock="$locks/onstart-$(printf '%s' "$workspace" | cksum | cut -d ' ' -f 1).lock"
mkdir -p "$workspace/.wantui" "$workspace/dataset"
[ "$task" != i2v ] || [ -e "$workspace/wantui.toml" ] || printf '[run]\ntask = "i2v"\n' >"$workspace/wantui.toml"

# What is made once outlives the container where the workspace is a volume.
export WANTUI_WORKSPACE="$workspace"
export UV_CACHE_DIR="${UV_CACHE_DIR:-$workspace/.wantui/uv/cache}"
export UV_PYTHON_INSTALL_DIR="${UV_PYTHON_INSTALL_DIR:-$workspace/.wantui/uv/python}"

write_greeting
code="set -euo pipefail; $(declare -f); $(declare -p box task is_root workspace environment log lock); work"
setsid bash -c "$code" onstart </dev/null >>"$log" 2>&1 &
say "wantui is being set up in $workspace; $log tells how far it is"
