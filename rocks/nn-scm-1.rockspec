package = 'nn'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Neural networks', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build nn',
   install_command = 'sh rocks/make install nn "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
