# ADD_TORCH_PACKAGE(name "C sources" "Lua files" [description]): a Lua package. Its C half is the target `name`, the
# module libNAME.so, which is to be linked with luaT and TH; without C sources there is none. Both are installed where
# `require` looks for them.
macro(ADD_TORCH_PACKAGE package src luasrc)
  include_directories(${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT "${src}" STREQUAL "")
    add_library(${package} MODULE ${src})
    set_target_properties(${package} PROPERTIES PREFIX lib INSTALL_RPATH
      "$ORIGIN;$ORIGIN/../..;${Torch_INSTALL_LIB};${Torch_INSTALL_LUA_CPATH}")
    install(TARGETS ${package} LIBRARY DESTINATION "${Torch_INSTALL_LUA_CPATH_SUBDIR}")
  endif()
  if(NOT "${luasrc}" STREQUAL "")
    install(FILES ${luasrc} DESTINATION "${Torch_INSTALL_LUA_PATH_SUBDIR}/${package}")
  endif()
endmacro()

# ADD_TORCH_WRAP(target wrap.lua): wrap.c, made by `th wrap.lua wrap.c`; such files use the package cwrap.
macro(ADD_TORCH_WRAP target luafile)
  include_directories(${CMAKE_CURRENT_BINARY_DIR})
  get_filename_component(_wrap "${luafile}" NAME_WE)
  set(_wrap "${CMAKE_CURRENT_BINARY_DIR}/${_wrap}.c")
  add_custom_command(OUTPUT "${_wrap}" COMMAND "${Torch_INSTALL_BIN}/th" "${CMAKE_CURRENT_SOURCE_DIR}/${luafile}" "${_wrap}"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${luafile}" VERBATIM)
  add_custom_target(${target} DEPENDS "${_wrap}")
endmacro()

# Pages of documentation are not installed.
macro(ADD_TORCH_DOK)
endmacro()
