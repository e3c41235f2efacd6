// The card of this project on Airflow's Home: a React component without a build step that shows the page /card in a frame.
"use strict";

globalThis.AirflowPlugin = function LivestormSalesforceCard() {
  const address = new URL("livestorm-salesforce/card?embedded=1", document.baseURI).href;
  const fit = (event) => {
    const frame = event.target;
    frame.style.height = `${frame.contentDocument.documentElement.scrollHeight}px`;
  };
  return globalThis.React.createElement("iframe", {
    onLoad: fit,
    src: address,
    style: {border: 0, height: "9rem", width: "100%"},
    title: "Livestorm to Salesforce",
  });
};
