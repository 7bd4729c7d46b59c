/** Orders a runtime to load or unload a model of its repository (Triton's extension `model_repository`). */
export async function orderModel(port: number, name: string, order: 'load' | 'unload'): Promise<void> {
  const url = `http://127.0.0.1:${port}/v2/repository/models/${name}/${order}`;
  const response = await fetch(url, { method: 'POST', body: '{}' });
  if (!response.ok) throw new Error(`${order} of ${name}: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}
