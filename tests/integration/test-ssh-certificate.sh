#!/bin/sh
# test-ssh-certificate.sh: certificates of users and of hosts, and keys that are elsewhere:
# by both doors, and where the built-in one cannot, it names the other.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

for ca in users hosts strangers; do
  ssh-keygen -q -t ed25519 -N '' -C "$ca" -f "$scratch/$ca"
done
chmod 644 users.pub
keys=$ssh_home/.ssh

# No key is authorised at this machine: who has a certificate for `user' gets in.
sshd_account certified
rm "$(sshd_home certified)/.ssh/authorized_keys"
AS=certified sshd_start gpu1 "TrustedUserCAKeys $scratch/users.pub" \
  'PasswordAuthentication no' 'KbdInteractiveAuthentication no' || fail 'an sshd'

# certify CA KEY [OPTION...]: KEY-cert.pub.
certify ()
{
  certify_ca=$1 certify_key=$2
  shift 2
  ssh-keygen -q -s "$scratch/$certify_ca" -I test -n certified "$@" "$certify_key.pub"
}

# goes NAME HOST [KEY=JSON...]; is_refused NAME REGEXP HOST [KEY=JSON...]
goes ()
{
  goes_name=$1
  shift
  through "$@" -- 'echo in'
  is "$status $(out)" '0 in' "$door: $goes_name" || diag "$(err)"
}

is_refused ()
{
  refused_name=$1 refused_like=$2
  shift 2
  through "$@" -- 'echo in'
  refused "$refused_like" "$door: $refused_name"
}

# use LINE...: what the configuration of gpu1 says, besides where it is.
use ()
{
  AS=certified sshd_alias gpu1 127.0.0.1 "$sshd_port"
  grep -v 'Identit' "$keys/host-gpu1" >"$keys/host-gpu1.new"
  mv "$keys/host-gpu1.new" "$keys/host-gpu1"
  sshd_config gpu1 "$@"
}

of_users ()
{
  rm -f "$keys"/mine* "$keys"/other*
  for kind in ed25519 rsa ecdsa; do
    ssh-keygen -q -t $kind -N '' -f "$keys/mine-$kind"
    use "IdentityFile $keys/mine-$kind" 'IdentitiesOnly yes'
    is_refused "$kind: the key alone" '^auth: ' gpu1
    certify users "$keys/mine-$kind"
    goes "$kind: with the certificate beside it" gpu1
    mv "$keys/mine-$kind-cert.pub" "$keys/other-$kind.pub"
    use "IdentityFile $keys/mine-$kind" 'IdentitiesOnly yes' \
      "CertificateFile $keys/other-%n-$kind.pub"
    is_refused "$kind: one that is not there" '^auth: ' gpu1
    use "IdentityFile $keys/mine-$kind" 'IdentitiesOnly yes' \
      "CertificateFile $keys/none.pub" "CertificateFile ~/.ssh/other-$kind.pub"
    sed -i "s,~/.ssh,$keys," "$keys/host-gpu1"
    goes "$kind: with the one that CertificateFile names" gpu1
  done

  # Of several the one that fits is found; a key that is authorised gets in without.
  use "IdentityFile $keys/mine-ed25519" 'IdentitiesOnly yes' \
    "CertificateFile $keys/other-rsa.pub" "CertificateFile $keys/other-ecdsa.pub" \
    "CertificateFile $keys/other-ed25519.pub"
  goes 'several certificates' gpu1
  goes 'a key of the target' gpu1 "identity_file=\"$keys/mine-rsa\""

  # Certificates that are of no use.
  for kind in 'strangers' 'users -V 20200101:20200102' 'users -h'; do
    # shellcheck disable=SC2086
    certify ${kind%% *} "$keys/mine-ecdsa" ${kind#"${kind%% *}"}
    use "IdentityFile $keys/mine-ecdsa" 'IdentitiesOnly yes'
    is_refused "of no use: $kind" '^auth: ' gpu1
    if [ $door = libssh ] && [ "$kind" = strangers ]; then
      like "$(err)" "certificate '.*mine-ecdsa-cert.pub' was refused" "$door: which is said"
    fi
  done
  cp "$keys/mine-ecdsa.pub" "$(sshd_home certified)/.ssh/authorized_keys"
  goes 'a certificate of no use, and the key is authorised' gpu1
  rm "$(sshd_home certified)/.ssh/authorized_keys"
}

# A key with a passphrase: only one that the server wants is asked for.
locked ()
{
  ssh-keygen -q -t ed25519 -N 'the phrase' -f "$keys/mine-locked"
  use "IdentityFile $keys/mine-locked" 'IdentitiesOnly yes' 'IdentityAgent none'
  certify users "$keys/mine-locked"
  typing 'the phrase' gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: a certificate for a locked key" || diag "$(err)"
}

# In the agent: key and certificate; the key alone, with the certificate in a file; and a
# key of which there is but the public file here.
in_agent ()
{
  eval "$(ssh-agent -s)" >/dev/null
  mv "$keys/other-ed25519.pub" "$keys/mine-ed25519-cert.pub"
  mkdir -p elsewhere
  ssh-add -q "$keys/mine-ed25519"
  mv "$keys/mine-ed25519" "$keys/mine-ed25519-cert.pub" elsewhere
  use 'IdentityFile none'
  goes 'key and certificate of the agent' gpu1
  use "IdentityFile $keys/mine-ed25519.pub" 'IdentitiesOnly yes' \
    "CertificateFile $scratch/elsewhere/mine-ed25519-cert.pub"
  goes 'the public key says which of them' gpu1
  ssh-add -qD
  ssh-add -q - <elsewhere/mine-ed25519
  case $door in
    openssh) goes "a certificate for the agent's key" gpu1 ;;
    *)
      is_refused "a certificate for the agent's key" '^auth: .*CertificateFile' gpu1
      like "$(err)" 'AZML_SSH=ssh.*ssh=openssh' "$door: names the other door"
      ;;
  esac
  cp "$keys/mine-ed25519.pub" "$(sshd_home certified)/.ssh/authorized_keys"
  use "IdentityFile $keys/mine-ed25519.pub" 'IdentitiesOnly yes'
  goes "the agent's key, whose public file is named" gpu1
  use "IdentityFile $keys/mine-ed25519" 'IdentitiesOnly yes'
  goes 'or is beside the private one, which is not here' gpu1
  ssh-add -qD
  is_refused 'that the agent does not have' '^auth: ' gpu1
  ssh-agent -k >/dev/null
  unset SSH_AUTH_SOCK SSH_AGENT_PID
  rm "$(sshd_home certified)/.ssh/authorized_keys"
}

# The machine's certificate, and an authority in known_hosts in place of its key.
of_hosts ()
{
  use "IdentityFile $keys/id_ed25519"
  cp "$keys/id_ed25519.pub" "$(sshd_home certified)/.ssh/authorized_keys"
  [ -f "$sshd_folder/gpu1/host_key-cert.pub" ] || {
    ssh-keygen -q -s "$scratch/hosts" -h -I gpu1 -n '127.0.0.1,gpu1' "$sshd_folder/gpu1/host_key.pub"
    echo "HostCertificate $sshd_folder/gpu1/host_key-cert.pub" >>"$sshd_folder/gpu1/sshd_config"
    sshd_stop gpu1
    sshd_again gpu1
  }
  goes 'a machine with a certificate, whose key is known' gpu1
  sshd_distrust gpu1
  known=$ssh_home/.ssh/known_hosts
  echo "@cert-authority [127.0.0.1]:$sshd_port,gpu1.example.org $(cat hosts.pub)" >>"$known"
  line=$(wc -l <"$known")
  case $door in
    openssh)
      goes 'an authority in known_hosts' gpu1
      goes 'and strict' gpu1 'host_keys="strict"'
      ;;
    *)
      is_refused 'an authority in known_hosts' "^host-key: .*authority at $known:$line" gpu1
      like "$(err)" 'AZML_SSH=ssh.*ssh=openssh' "$door: names the other door"
      typing no gpu1 -- 'echo in'
      like "$(cat shown)" "authority at $known:$line" "$door: on the terminal, too"
      ;;
  esac
  grep -v cert-authority "$known" >known
  cat known >"$known"
  echo "@cert-authority [127.0.0.1]:$sshd_port $(cat strangers.pub)" >>"$known"
  is_refused 'the authority of somebody else' '^host-key: ' gpu1
  grep -v cert-authority "$known" >known
  cat known >"$known"
  echo "@cert-authority other.example.org $(cat hosts.pub)" >>"$known"
  is_refused 'an authority for another machine' '^host-key: ' gpu1
  unlike "$(err)" authority "$door: is not spoken of"
  sshd_trust gpu1
  echo "@revoked [127.0.0.1]:$sshd_port $(cut -d ' ' -f 1,2 "$sshd_folder/gpu1/host_key.pub")" \
    >>"$known"
  is_refused 'a key that is revoked' '^host-key: .*revoked' gpu1
  : >"$known"
  sshd_trust gpu1
}

for door in libssh openssh; do
  of_users
  locked
  in_agent
  of_hosts
done

done_testing
