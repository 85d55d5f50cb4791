package = 'torch'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Tensors, and what scripts and models need of them', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'paths >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build torch',
   install_command = 'sh rocks/make install torch "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
