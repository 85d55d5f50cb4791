# The install tree (docs/architecture.md): everything finds everything else relative to itself, so the
# tree may be moved. Lua packages are installed where they are declared, above. Components are packages (cmake/rock.cmake).
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME torch)

install(TARGETS TH luaT EXPORT THTargets LIBRARY DESTINATION ${TH_LIBRARY_FOLDER} NAMELINK_COMPONENT torch-dev)
set_target_properties(torch_lua PROPERTIES EXPORT_NAME torch)
install(TARGETS torch_lua EXPORT THTargets LIBRARY DESTINATION lib/lua/5.1)
install(DIRECTORY ${TH_LUA_DIR}/torchdata DESTINATION share/lua/5.1 PATTERN cases.lua EXCLUDE)
install(TARGETS th RUNTIME DESTINATION bin COMPONENT trepl)
install(FILES LICENSE DESTINATION share/doc/torch)
install(FILES th/th.1 DESTINATION share/man/man1 COMPONENT trepl)
install(TARGETS THNN EXPORT THNNTargets LIBRARY DESTINATION ${TH_LIBRARY_FOLDER} COMPONENT nn)
install(TARGETS THONNX EXPORT THONNXTargets LIBRARY DESTINATION ${TH_LIBRARY_FOLDER} COMPONENT onnx)

# Headers: the folder of public ones; test/install compiles each of these alone. What programs are built with is the
# component torch-dev, or nn-dev, which goes into the rock as well.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME torch-dev)
install(DIRECTORY TH/include/TH DESTINATION include)
install(FILES ${TH_GEN_DIR}/THTensorOps.h DESTINATION include/TH)
install(FILES nn/THNN/THNN.h ${PROJECT_BINARY_DIR}/nn/THNN/made/THNNKernels.h DESTINATION include/THNN COMPONENT nn-dev)
install(FILES onnx/include/THONNX.h DESTINATION include/THONNX COMPONENT onnx-dev)
install(FILES lua/luaT/luaT.h DESTINATION include)
if(THC_SIMULATOR)
  install(FILES THC/THC.h THC/THCBatched.h THC/THCStream.h THC/THCTensorConv.h THC/THCTensorMath.h THC/THCTypes.h ${TH_GEN_DIR}/THCStorageTyped.h ${TH_GEN_DIR}/THCTensorTyped.h
    ${TH_GEN_DIR}/THCTensorOps.h ${PROJECT_BINARY_DIR}/nn/THNN/made/THNNKernels_gpu.h DESTINATION include/THC COMPONENT cutorch)
endif()

# The kit, for packages of others (docs/adding-a-package.md): generators, loops, and the headers of what is
# between TH and a package; no promise is made for those from one version to the next.
set(kit share/torch/kit)
install(DIRECTORY kit/gen DESTINATION ${kit} FILES_MATCHING PATTERN *.lua)
install(FILES kit/package.cmake kit/module.c kit/kernel.h kit/gpu.c kit/maps.cu lua/torch/bind.h DESTINATION ${kit})
foreach(folder core plan parallel)
  install(DIRECTORY TH/${folder} DESTINATION ${kit}/TH FILES_MATCHING PATTERN *.h PATTERN generic EXCLUDE)
endforeach()
install(DIRECTORY TH/loops DESTINATION ${kit}/TH)
if(THC_SIMULATOR)
  install(DIRECTORY THC/ DESTINATION ${kit}/THC COMPONENT cutorch FILES_MATCHING PATTERN *.h PATTERN *.cuh PATTERN *.inc
    PATTERN cuda EXCLUDE)
endif()
# The walks over operations that torch's own rows are tested by, and what they share
install(FILES ${TH_LUA_DIR}/torchdata/cases.lua DESTINATION share/lua/5.1/torchdata)
file(GLOB walks CONFIGURE_DEPENDS test/lua/*.lua)
list(FILTER walks EXCLUDE REGEX "/(test_.*|kernels|kernel_calls|png)[.]lua$")
install(FILES ${walks} test/lua/test_ops.lua test/lua/test_arguments.lua test/lua/test_errors.lua test/lua/test_memory.lua
  DESTINATION ${kit}/test/lua)
install(FILES test/gpu/arguments.lua test/gpu/test_table.lua DESTINATION ${kit}/test/gpu)
install(TARGETS kit EXPORT THTargets)

# find_package(TH) gives TH::TH and TH::THNN; pkg-config knows them as th and thnn. (GPUs: thc_install in THC/CMakeLists.txt.)
install(EXPORT THTargets NAMESPACE TH:: DESTINATION lib/cmake/TH)
install(EXPORT THNNTargets NAMESPACE TH:: DESTINATION lib/cmake/TH COMPONENT nn-dev)
install(EXPORT THONNXTargets NAMESPACE TH:: DESTINATION lib/cmake/TH COMPONENT onnx-dev)
install(EXPORT THDistTargets NAMESPACE TH:: DESTINATION lib/cmake/TH COMPONENT dist-dev)
configure_file(cmake/THConfig.cmake.in ${PROJECT_BINARY_DIR}/THConfig.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/THConfig.cmake DESTINATION lib/cmake/TH)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/THConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/THConfigVersion.cmake DESTINATION lib/cmake/TH)
# find_package(Torch), for packages written for Torch7
install(DIRECTORY cmake/torch DESTINATION share/cmake)
foreach(package th thformats thnn thonnx luaT)
  configure_file(cmake/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/th.pc ${PROJECT_BINARY_DIR}/thformats.pc ${PROJECT_BINARY_DIR}/luaT.pc DESTINATION lib/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/thnn.pc DESTINATION lib/pkgconfig COMPONENT nn-dev)
install(FILES ${PROJECT_BINARY_DIR}/thonnx.pc DESTINATION lib/pkgconfig COMPONENT onnx-dev)

configure_file(cmake/uninstall.cmake.in ${PROJECT_BINARY_DIR}/uninstall.cmake @ONLY)
add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${PROJECT_BINARY_DIR}/uninstall.cmake VERBATIM)
include(cmake/pack.cmake)
