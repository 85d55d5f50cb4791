package = 'env'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'The globals of th for other Lua programs', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'paths >= 1.0', 'sys >= 1.0', 'xlua >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build env',
   install_command = 'sh rocks/make install env "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
