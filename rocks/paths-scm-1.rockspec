package = 'paths'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Names of files and folders', license = 'BSD'}
dependencies = {'lua ~> 5.1'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build paths',
   install_command = 'sh rocks/make install paths "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
