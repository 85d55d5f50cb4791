package = 'optim'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Optimizers', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'paths >= 1.0', 'xlua >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build optim',
   install_command = 'sh rocks/make install optim "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
