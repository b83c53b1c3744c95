# This file is part of Paddock
# SPDX-License-Identifier: Apache-2.0
#
#   make                    the binary, with the Swift libraries inside
#   make install            PREFIX=/usr/local, DESTDIR= and SYSCONFDIR=/etc can be set
#   make check              everything that has to pass before a change is merged
#   make lint               formatting, shape, and the habits of commits
#   make deb                a Debian package in .build/deb
#   make chaos MINUTES=2    clients, backends and operators at random; SEED=n repeats a run
#   make chaos CLUSTER=3    a cluster of so many members, its store and its links at random; STORE=redis or etcd, which has to be installed
#   make incidents          eight incidents, and what every surface has to say about them; needs Chromium
#   make kills ROUNDS=100   a gateway that is killed at any moment, and a ledger outside; SEED=n repeats a run
#   make fuzz SECONDS=60    parsers against reference parsers on random input, for this long each; needs Linux

SWIFT      ?= swift
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DESTDIR    ?=
INSTALL    ?= install

BINARY     ?= .build/release/paddock
VERSION     = $(shell sed -n 's/.*text = "\(.*\)".*/\1/p' Sources/PaddockServer/Lifecycle/PaddockVersion.swift)

.PHONY: all install uninstall check lint chaos incidents kills fuzz deb clean

all:
	$(SWIFT) build --configuration release --product paddock

# Installs what is built: `make && sudo make install`.
install:
	@test -x $(BINARY) || { echo "$(BINARY) is not there: run make first" >&2; exit 1; }
	$(INSTALL) -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/paddock
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) manual > $(DESTDIR)$(PREFIX)/share/man/man1/paddock.1
	$(BINARY) --generate-completion-script bash | sed '1{/^#!/d}' > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/paddock
	$(BINARY) --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_paddock
	$(BINARY) --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/paddock.fish
	$(INSTALL) -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/paddock
	sed -e 's,/usr/bin/paddock,$(PREFIX)/bin/paddock,' -e 's,/etc/paddock,$(SYSCONFDIR)/paddock,' \
	    deploy/systemd/paddock.service > $(DESTDIR)$(UNITDIR)/paddock.service
	@# An existing configuration belongs to the operator.
	test -e $(DESTDIR)$(SYSCONFDIR)/paddock/paddock.yaml \
	    || $(INSTALL) -m 644 deploy/paddock.yaml $(DESTDIR)$(SYSCONFDIR)/paddock/paddock.yaml

# Keeps the configuration.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/paddock $(DESTDIR)$(PREFIX)/share/man/man1/paddock.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/paddock \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_paddock \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/paddock.fish \
	    $(DESTDIR)$(UNITDIR)/paddock.service

check:
	.ci/run

# Commits that deviate from CONTRIBUTING.md; reported, not enforced.
lint:
	swift format lint --strict --recursive Package.swift Sources Tests
	.ci/checks/folder-cycles
	.ci/checks/shape
	.ci/checks/documented
	.ci/checks/commits

# The debug build has the assertions of the byte path and the queueing. Needs Python 3.11.
CLUSTER    ?=
STORE      ?= redis
MINUTES    ?= $(if $(CLUSTER),20,2)
SEED       ?=
chaos:
	$(SWIFT) build --product paddock
	python3 $(if $(CLUSTER),Tests/cluster --members $(CLUSTER) --store $(STORE),Tests/chaos) --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# PYTHON is one that has what Tests/clients/requirements.txt names.
PYTHON     ?= .build/clients/bin/python
incidents:
	$(SWIFT) build --product paddock
	PADDOCK="$(CURDIR)/.build/debug/paddock" $(PYTHON) -m pytest -q -p no:cacheprovider --show-capture=no Tests/incidents

ROUNDS     ?= 100
kills:
	$(SWIFT) build --product paddock
	python3 Tests/kills --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

# Checks the parsers of heads, targets and bodies on random bytes.
SECONDS    ?= 60
fuzz:
	Fuzzing/run $(SECONDS)

# Needs Debian's debhelper and dpkg-dev. The package contains the binary that `make` built.
deb:
	@test -x $(BINARY) || { echo "$(BINARY) is not there: run make first" >&2; exit 1; }
	rm -rf .build/deb
	mkdir -p .build/deb/paddock-$(VERSION)
	cp -R Makefile LICENSE README.md CHANGELOG.md docs deploy .build/deb/paddock-$(VERSION)/
	mkdir -p .build/deb/paddock-$(VERSION)/Sources/PaddockServer/Lifecycle
	cp Sources/PaddockServer/Lifecycle/PaddockVersion.swift .build/deb/paddock-$(VERSION)/Sources/PaddockServer/Lifecycle/
	cp $(BINARY) .build/deb/paddock-$(VERSION)/paddock.built
	cp -R deploy/debian .build/deb/paddock-$(VERSION)/debian
	sed -i '1s/(.*)/($(VERSION))/' .build/deb/paddock-$(VERSION)/debian/changelog
	cd .build/deb/paddock-$(VERSION) && dpkg-buildpackage --build=binary --no-sign
	@ls .build/deb/*.deb

clean:
	$(SWIFT) package clean
	rm -rf .build/deb
