package = 'data'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Sets of samples, their files, and batches of them', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'threads >= 1.0', 'image >= 1.0', 'paths >= 1.0', 'xlua >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build data',
   install_command = 'sh rocks/make install data "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
